// SPDX-License-Identifier: Apache-2.0
// Interrupts of a device that come to a processor by themselves, without an exit: what a guest sees
// of them, whatever it does with its interrupts meanwhile, is what it would see on a bare machine.
#include "apic.h"
#include "engine.h"
#include "messages.h"
#include "processor.h"
#include "trap.h"
#include "vmx.h"

#define OTHER    0x51 /* below the device's */
#define SELF     0x71
#define MESSAGES 50U

/* ---- what it costs ---- */

/* What L0 emulates costs more where it ends direct mode for a time. */
static void measure_self(uint32_t id)
{
	uint32_t before = irq_count[SELF];

	messages_mark(1, id);
	for (uint32_t i = 0; i < MESSAGES; i++) {
		apic_self_ipi(SELF);
		message_let_in();
	}
	messages_mark(2, MESSAGES);
	check_eq("all came", before + MESSAGES, irq_count[SELF]);
}

static void measure(uint32_t id, bool halts)
{
	uint32_t before;

	message_send(DEVICE);
	messages_wait(20000);
	message_let_in();
	before = irq_count[DEVICE];
	messages_mark(1, id);
	for (uint32_t i = 1; i <= MESSAGES; i++) {
		check_eq("a buffer", ENGINE_DONE, engine_write(address_of(&engine_ring) + 0xf00));
		for (cli(); irq_count[DEVICE] < before + i; cli())
			if (halts)
				asm volatile("sti\n\thlt" ::: "memory");
			else
				sti();
	}
	messages_mark(2, MESSAGES);
	check_eq("all came", before + MESSAGES, irq_count[DEVICE]);
}

TEST(running)
{
	if (messages_begin())
		measure(1, false);
}

TEST(halted)
{
	if (messages_begin())
		measure(2, true);
}

TEST(emulated)
{
	if (messages_begin())
		measure_self(3);
}

/* ---- among others ---- */

/* An interrupt that L0 emulates comes in between, before and after. */
TEST(with_self_ipis)
{
	if (!messages_begin())
		return;
	for (unsigned int i = 0; i < 40; i++) {
		uint32_t device = irq_count[DEVICE], self = irq_count[SELF];

		if (i & 1)
			apic_self_ipi(i & 2 ? SELF : OTHER);
		message_request(DEVICE);
		if (!(i & 1))
			apic_self_ipi(SELF);
		message_let_in();
		check_eq("the device's", device + 1, irq_count[DEVICE]);
		check_eq("the other", self + ((i & 3) != 1), irq_count[SELF]);
	}
}

/* In service one above the other, from both sides, and ended in turn. */
TEST(nested)
{
	if (!messages_begin())
		return;
	irq_keep = true;
	message_request(OTHER);
	message_let_in();
	message_request(DEVICE);
	message_let_in();
	apic_self_ipi(SELF);
	message_let_in();
	irq_keep = false;
	for (unsigned int i = 0; i < 3; i++) {
		static const uint8_t order[] = {SELF, DEVICE, OTHER};

		check("in service", apic_bit(APIC_ISR, order[i]));
		check_eq("PPR", order[i] >> 4, apic_read(APIC_PPR) >> 4);
		apic_eoi();
		check("ended", !apic_bit(APIC_ISR, order[i]));
	}
	message_comes(DEVICE);
}

/* Vectors that L0 has for itself are the guest's like all others. */
TEST(vectors_of_others)
{
	static const uint8_t vectors[] = {0x24, 0x2f, 0x30, 0xe0, 0xe1, 0xf0, 0xf1, 0xf2};

	if (!messages_begin())
		return;
	for (unsigned int n = 0; n < 4; n++)
		for (unsigned int i = 0; i < ARRAY_SIZE(vectors); i++)
			message_comes(vectors[i]);
}

L2_CODE(l_pause, "1: pause; jmp 1b");
L2_CODE(l_write, "mov %rax, (%rdi)");

/* L1's interrupts end its guest; what is in service when that begins is ended after it. */
TEST(beside_l2)
{
	if (!messages_begin() || !vmx_begin())
		return;
	vm_setup(l_pause);
	NEED(vm_set(WORD_PIN, PIN_EXTERNAL), "no external-interrupt exiting");
	for (unsigned int i = 0; i < 10; i++) {
		uint32_t before = irq_count[DEVICE];

		message_request(DEVICE);
		vm_expect("the device's", X_EXTERNAL);
		irq_keep = i & 1;
		message_let_in();
		irq_keep = false;
		check_eq("it came", before + 1, irq_count[DEVICE]);
		message_request(SELF);
		vm_expect("another, above it", X_EXTERNAL);
		message_let_in();
		check_eq("still in service", i & 1, apic_bit(APIC_ISR, DEVICE));
		apic_eoi();
	}
	message_comes(DEVICE);
}

/* A device may write what a processor may: here to a word of a gate that no processor reads. */
TEST(table_written_by_device)
{
	volatile uint32_t *word = (volatile uint32_t *)&idt_l1[2 * 0xfa + 1] + 1;

	if (!messages_begin())
		return;
	*word = 0x5a5a5a5a;
	messages_wait(MESSAGES_LONG);
	message_comes(DEVICE);
	check_eq("a buffer", ENGINE_DONE, engine_write(address_of(word)));
	message_let_in();
	/* A shadow shows it when it is made anew, and a write of L1's is its end. */
	word[4] = 0;
	check("written", *word != 0x5a5a5a5a);
	*word = 0;
	message_comes(DEVICE);
}

/* A guest of the guest's has the table among its memory. */
TEST(table_written_by_l2)
{
	uint64_t *gate = &idt_l1[2 * DEVICE], good = *gate;

	if (!messages_begin() || !vmx_begin())
		return;
	for (unsigned int i = 0; i < 6; i++) {
		vm_setup(l_write);
		vm.regs[RDI] = address_of(gate);
		vm.regs[RAX] = i & 1 ? good : good & ~BIT(47);
		vm_expect("L2", X_VMCALL);
		check_eq("the gate", vm.regs[RAX], *(volatile uint64_t *)gate);
		if (i & 1) {
			message_comes(DEVICE);
			messages_wait(MESSAGES_LONG);
			message_comes(DEVICE);
		}
	}
}

/* ---- a guest that wants to keep the processor ---- */

TEST(closed_for_long)
{
	if (!messages_begin())
		return;
	for (unsigned int i = 0; i < 4; i++) {
		uint32_t before = irq_count[DEVICE];

		write_cr8(i & 1 ? 15 : 0);
		message_request(DEVICE);
		if (i & 1)
			sti();
		messages_wait(MESSAGES_LONG);
		check_eq("none came", before, irq_count[DEVICE]);
		cli();
		write_cr8(0);
		message_let_in();
		check_eq("it came", before + 1, irq_count[DEVICE]);
	}
}

/* Never ended, and another waits behind it: for longer than L0 looks on. */
TEST(never_ended)
{
	uint32_t before;

	if (!messages_begin())
		return;
	message_comes(OTHER);
	before = irq_count[OTHER];
	irq_keep = true;
	message_request(DEVICE);
	message_let_in();
	irq_keep = false;
	message_request(OTHER);
	for (unsigned int i = 0; i < 3; i++) {
		sti();
		messages_wait(MESSAGES_LONG);
		cli();
		check_eq("held back", before, irq_count[OTHER]);
	}
	check("in service", apic_bit(APIC_ISR, DEVICE));
	apic_eoi();
	message_let_in();
	check_eq("then it came", before + 1, irq_count[OTHER]);
	messages_wait(10 * MESSAGES_LONG);
	message_comes(DEVICE);
}

TEST(ended_too_often)
{
	if (!messages_begin())
		return;
	for (unsigned int i = 0; i < 1000; i++)
		apic_eoi();
	message_comes(DEVICE);
	irq_keep = true;
	message_request(DEVICE);
	message_let_in();
	irq_keep = false;
	for (unsigned int i = 0; i < 100; i++)
		apic_eoi();
	check("ended", !apic_bit(APIC_ISR, DEVICE));
	message_comes(DEVICE);
	message_comes(OTHER);
}

/* INT n, far more than L0 cares to answer. */
TEST(int_storm)
{
	uint32_t before;

	if (!messages_begin())
		return;
	before = irq_count[0x6f];
	for (unsigned int i = 0; i < 1000; i++)
		asm volatile("int $0x6f" ::: "memory");
	check_eq("all of them", before + 1000, irq_count[0x6f]);
	message_comes(DEVICE);
}

/* Its own gate is not good: the exception is that of a bare machine, and the interrupt in service.
 */
static void expect_fault(uint8_t flags, int fault)
{
	volatile uint8_t *gate = (volatile uint8_t *)&idt_l1[2 * DEVICE] + 5;
	uint8_t good = *gate;

	*gate = flags;
	messages_wait(MESSAGES_LONG);
	message_request(DEVICE);
	check_eq("an exception", (uint64_t)fault, (uint64_t)CATCH(sti()));
	cli();
	check_eq("its error code", DEVICE << 3 | 3, last_fault.error);
	check("in service", apic_bit(APIC_ISR, DEVICE));
	apic_eoi();
	*gate = good;
	message_comes(DEVICE);
}

TEST(jammed_gates)
{
	if (!messages_begin())
		return;
	for (unsigned int i = 0; i < 3; i++) {
		expect_fault(0x6e, NP);
		expect_fault(0x85, GP);
	}
	check_eq("INT n", (uint64_t)NO_FAULT,
		 (uint64_t)CATCH(asm volatile("int $0x6f" ::
						      : "memory")));
}

static uint64_t idt_base(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr;

	asm volatile("sidt %0" : "=m"(idtr));
	check_eq("its limit", sizeof(idt_l1) - 1, idtr.limit);
	return idtr.base;
}

/* The table is written, and moves, while interrupts are on and come. */
TEST(restless_table)
{
	static uint64_t table[512] __attribute__((aligned(4096)));
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr = {sizeof(table) - 1, address_of(table)};
	uint32_t before;

	if (!messages_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(table); i++)
		table[i] = idt_l1[i];
	before = irq_count[DEVICE];
	engine_message(0xfee00000, DEVICE);
	for (uint32_t i = 1; i <= 40; i++) {
		check_eq("a buffer", ENGINE_DONE, engine_write(address_of(&engine_ring) + 0xf00));
		if (i & 1)
			asm volatile("lidt %0" ::"m"(idtr));
		else
			trap_reload();
		((volatile uint64_t *)table)[2 * SELF] = idt_l1[2 * SELF];
		check_eq("SIDT", i & 1 ? address_of(table) : address_of(idt_l1), idt_base());
		messages_wait(i % 8 ? 1000 : MESSAGES_LONG);
		message_let_in();
		check_eq("it came", before + i, irq_count[DEVICE]);
	}
	trap_reload();
	message_comes(DEVICE);
}
