// SPDX-License-Identifier: Apache-2.0
// Several processors with one IDT, to each of which the device sends: what one of them does to the
// table holds for the others at once, and nothing that comes to one is lost while another
// interferes.
#include "messages.h"
#include "smp.h"

#define OTHER  0x51 /* below the device's */
#define SECOND 0x62 /* the second processor's */
#define STRAY  0x63 /* where its gate leads for a time */

/* Of a gate: what a processor in direct mode reads of one that nothing comes by says no. */
#define PRESENT BIT(47)

static volatile bool over;

static bool begin(void)
{
	if (!messages_begin() || !smp_begin())
		return false;
	if (option("x2apic"))
		return true;
	skip("the others are not in x2APIC mode");
	return false;
}

/* How often this handler ran for one message. */
static uint32_t taken(unsigned int cpu, uint8_t vector, uint8_t handler)
{
	uint32_t before = irq_count[handler];

	message_send_to(cpu, vector);
	if (cpu)
		wait_until(&irq_count[handler], before + 1);
	sti();
	spend(3000);
	cli();
	return irq_count[handler] - before;
}

static void keep_running(void)
{
	sti();
	while (!over)
		pause();
	cli();
}

static void run_second(void)
{
	over = false;
	run_on(1, keep_running);
}

static void end_second(void)
{
	over = true;
	wait_for(1);
}

/* Opens the second one's vector, and lets its shadow stand. */
static bool begin_second(void)
{
	if (!begin())
		return false;
	check_eq("the first", 1, taken(1, SECOND, SECOND));
	messages_wait(MESSAGES_LONG);
	check_eq("the next", 1, taken(1, SECOND, SECOND));
	return true;
}

TEST(several_take_turns)
{
	if (!begin_second())
		return;
	for (unsigned int i = 0; i < 40; i++) {
		if (i % 20 == 10)
			run_second();
		check_eq("the first processor's", 1, taken(0, DEVICE, DEVICE));
		check_eq("the second one's", 1, taken(1, SECOND, SECOND));
		if (i % 20 == 19)
			end_second();
	}
}

/* Calls, and a device's interrupts: whichever comes first, all come. */
TEST(several_with_calls)
{
	uint32_t calls, before;

	if (!begin_second())
		return;
	run_second();
	spend(20000);
	calls = irq_count[VECTOR_TEST];
	before = irq_count[SECOND];
	for (uint32_t i = 1; i <= 40; i++) {
		message_send_to(1, SECOND);
		ipi(1, ICR_ASSERT | VECTOR_TEST);
		check("the device's", wait_until(&irq_count[SECOND], before + i));
		check("the call", wait_until(&irq_count[VECTOR_TEST], calls + i));
	}
	end_second();
}

/* A gate that one processor writes leads the other one's next interrupt elsewhere, without a word.
 */
TEST(several_one_table)
{
	volatile uint64_t *gate = &idt_l1[2 * SECOND];
	uint64_t good = *gate | PRESENT, other = idt_l1[2 * STRAY] | PRESENT;

	if (!begin_second())
		return;
	for (unsigned int i = 0; i < 12; i++) {
		if (i & 1)
			run_second();
		messages_wait(i % 3 ? MESSAGES_LONG : 1000);
		check_eq("as it was", 1, taken(1, SECOND, SECOND));
		*gate = other;
		check_eq("elsewhere", 1, taken(1, SECOND, STRAY));
		*gate = good;
		check_eq("as it was again", 1, taken(1, SECOND, SECOND));
		if (i & 1)
			end_second();
	}
}

static uint64_t table[512] __attribute__((aligned(4096)));

static void load(const void *base)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr = {sizeof(table) - 1, address_of(base)};

	asm volatile("lidt %0" ::"m"(idtr));
}

/* Its own table, and all others', by turns. */
static void move_about(void)
{
	for (unsigned int i = 0; !over; i++) {
		load(i & 1 ? table : idt_l1);
		sti();
		spend(i % 8 ? 2000 : MESSAGES_LONG);
		cli();
	}
	load(idt_l1);
}

/* Both write to a table that is the other's, too, while interrupts come to both. */
TEST(several_restless_tables)
{
	if (!begin_second())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(table); i++)
		table[i] = idt_l1[i] | (i & 1 ? 0 : PRESENT);
	over = false;
	run_on(1, move_about);
	for (unsigned int i = 0; i < 40; i++) {
		((volatile uint64_t *)table)[2 * STRAY] = idt_l1[2 * STRAY] | PRESENT;
		check_eq("the second one's", 1, taken(1, SECOND, SECOND));
		((volatile uint64_t *)idt_l1)[2 * STRAY] = table[2 * STRAY] | PRESENT;
		check_eq("the first one's", 1, taken(0, DEVICE, DEVICE));
		spend(i % 8 ? 1000 : MESSAGES_LONG);
	}
	end_second();
	check_eq("after it", 1, taken(1, SECOND, SECOND));
}

static void write_about(void)
{
	while (!over) {
		((volatile uint64_t *)idt_l1)[2 * OTHER] = idt_l1[2 * OTHER] | PRESENT;
		spend(3000);
	}
}

/* Two that write to the same table at once both come to an end of it. */
TEST(several_write_at_once)
{
	if (!begin_second())
		return;
	for (unsigned int round = 0; round < 3; round++) {
		over = false;
		run_on(1, write_about);
		for (unsigned int i = 0; i < 30; i++) {
			((volatile uint64_t *)idt_l1)[2 * STRAY] = idt_l1[2 * STRAY] | PRESENT;
			spend(2900);
		}
		end_second();
		messages_wait(MESSAGES_LONG);
		check_eq("the second one's", 1, taken(1, SECOND, SECOND));
		check_eq("the first one's", 1, taken(0, DEVICE, DEVICE));
	}
}

/* INIT finds it with an interrupt in service, and one that waits: nothing is left of them. */
TEST(several_init)
{
	if (!begin_second())
		return;
	for (unsigned int i = 0; i < 4; i++) {
		run_second();
		messages_wait(i & 1 ? MESSAGES_LONG : 1000);
		irq_keep = true;
		check_eq("in service", 1, taken(1, SECOND, SECOND));
		irq_keep = false;
		over = true;
		check("started again", restart(1));
		check_eq("after it", 1, taken(1, SECOND, SECOND));
		messages_wait(MESSAGES_LONG);
		check_eq("directly", 1, taken(1, SECOND, SECOND));
	}
}
