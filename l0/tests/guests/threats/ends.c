// SPDX-License-Identifier: Apache-2.0
// Those that end the machine, or never end, in direct mode: each only where it is asked for by
// name.
#include "apic.h"
#include "engine.h"
#include "messages.h"
#include "processor.h"
#include "threats.h"
#include "trap.h"

static uint64_t look;

static bool asked(void)
{
	look = option_number("look", 1000000);
	threat_keep_gates();
	if (option("tests"))
		return messages_begin_after(2 * look);
	skip("only by name");
	return false;
}

/* What the others stand beside: nothing, for a time, as a measurement. */
TEST(idle)
{
	if (!asked())
		return;
	messages_mark(1, 99);
	messages_wait(30000000);
	messages_mark(2, 1);
}

TEST(spin)
{
	if (asked())
		for (;;)
			asm volatile("");
}

static uint32_t stolen(void)
{
	uint32_t count = 0;

	for (unsigned int i = 0xe0; i < 0xf0; i++)
		count += irq_count[i];
	return count;
}

/* What says that L0's line is ready comes to the guest, which keeps it, and is never heard of
 * again.
 */
TEST(thief)
{
	if (!asked())
		return;
	threat_begin_remapping();
	for (unsigned int i = 1; i < 60 && !stolen(); i++) {
		messages_wait(3 * look);
		threat_remap(i);
		print("INFO a line, %s\n", "and the next");
		sti();
		messages_wait(look / 2);
		cli();
	}
	print("INFO %s of L0's came\n", stolen() ? "one" : "none");
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
