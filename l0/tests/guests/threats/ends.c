// SPDX-License-Identifier: Apache-2.0
// Those that end the machine, or never end, in direct mode: each only where it is asked for by
// name.
#include "apic.h"
#include "engine.h"
#include "messages.h"
#include "processor.h"
#include "threats.h"
#include "trap.h"

static bool asked(void)
{
	if (option("tests"))
		return messages_begin_after(2 * option_number("look", 1000000));
	skip("only by name");
	return false;
}

TEST(spin)
{
	if (asked())
		for (;;)
			asm volatile("");
}

/* The device has nothing to say, and could not be heard. */
TEST(halt)
{
	if (asked())
		asm volatile("hlt");
}

TEST(init_to_itself)
{
	if (asked())
		wrmsr(MSR_X2APIC + APIC_ICR / 16, (uint64_t)apic_read(APIC_ID) << 32 | 5 << 8);
}

/* Its message meets a table without gates, whose end it is. */
TEST(no_gates)
{
	static const uint64_t none[512] __attribute__((aligned(4096)));

	if (!asked())
		return;
	threat_lidt(none, 0xfff);
	sti();
	for (;;)
		threat_message();
}

TEST(no_table)
{
	if (!asked())
		return;
	threat_lidt((const void *)(uintptr_t)0xfee00000, 0xfff);
	sti();
	for (;;)
		threat_message();
}

/* The table is there, and no frame can be pushed. */
TEST(no_stack_for_faults)
{
	if (!asked())
		return;
	threat_message();
	asm volatile("mov %0, %%rsp; sti; 1: pause; jmp 1b" ::"r"(BIT(62)) : "memory");
}
