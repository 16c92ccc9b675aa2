// SPDX-License-Identifier: Apache-2.0
// The first one: by the word "function" a device has interrupted L1 when the others begin, so that
// an L0 with interrupts=eli has L1 and its L2s in direct mode wherever they may be.
#include "apic.h"
#include "engine.h"
#include "trap.h"
#include "vmx.h"

#define DEVICE   0x61
#define PATIENCE 2000000ULL

TEST(beside_a_function)
{
	uint32_t before = irq_count[DEVICE];
	uint64_t start = rdtsc();

	if (!option("function") || !engine_begin())
		return;
	apic_enable();
	engine_message(0xfee00000, DEVICE);
	check_eq("a buffer", ENGINE_DONE, engine_write(address_of(&engine_ring) + 0xf00));
	sti();
	while (irq_count[DEVICE] == before && rdtsc() - start < PATIENCE)
		asm volatile("pause");
	cli();
	check_eq("it came", before + 1, irq_count[DEVICE]);
}
