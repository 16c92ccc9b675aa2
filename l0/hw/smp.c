// SPDX-License-Identifier: Apache-2.0
#include "boot/paging.h"
#include "hw/apic.h"
#include "hw/cpu.h"
#include "hw/host.h"
#include "hw/smp.h"
#include "lib/asm.h"
#include "lib/io.h"
#include "lib/string.h"

/* One write takes a microsecond on a PC's bus. */
#define DELAY_PORT 0x80

#define INIT_DELAY    10000 /* microseconds, as the manual has it */
#define STARTUP_DELAY 200
#define LIFE_DELAY    1000000

extern const uint8_t trampoline[], trampoline_end[];

/* What stands before the trampoline's code in low memory: the CPU that starts, its stack's end. */
struct trampoline_words {
	uint8_t jump[8];
	struct cpu *cpu;
	void *stack;
};

_Noreturn void smp_arrive(struct cpu *c);

/* Called by the trampoline on the CPU's own stack. */
_Noreturn void smp_arrive(struct cpu *c)
{
	write_cr3((uintptr_t)paging_root);
	host_init(c);
	apic_init(false);
	__atomic_store_n(&c->up, true, __ATOMIC_RELEASE);
	c->work(c);
	cpu_park(c);
}

/* Waits so many microseconds, less if the CPU shows itself. */
static bool wait_for(const struct cpu *c, unsigned microseconds)
{
	while (!__atomic_load_n(&c->up, __ATOMIC_ACQUIRE) && microseconds--)
		outb(DELAY_PORT, 0);
	return __atomic_load_n(&c->up, __ATOMIC_ACQUIRE);
}

bool smp_start(struct cpu *c)
{
	struct trampoline_words *words = (void *)SMP_TRAMPOLINE;

	memcpy(words, trampoline, (size_t)(trampoline_end - trampoline));
	words->cpu = c;
	words->stack = &c->stack + 1;
	apic_send_init(c->apic_id);
	wait_for(c, INIT_DELAY);
	apic_send_startup(c->apic_id, SMP_TRAMPOLINE >> 12);
	if (wait_for(c, STARTUP_DELAY))
		return true;
	apic_send_startup(c->apic_id, SMP_TRAMPOLINE >> 12);
	return wait_for(c, LIFE_DELAY);
}
