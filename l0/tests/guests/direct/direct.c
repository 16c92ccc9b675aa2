// SPDX-License-Identifier: Apache-2.0
// Interrupts of a device that come to a processor by themselves, without an exit: what a guest sees
// of them, whatever it does with its interrupts meanwhile, is what it would see on a bare machine.
#include "direct.h"
#include "apic.h"
#include "engine.h"
#include "processor.h"
#include "trap.h"
#include "vmx.h"

#define SELF     0x71
#define MESSAGES 50U
#define PATIENCE 2000000ULL

/* ---- the device's interrupt ---- */

void send_to(unsigned int cpu, uint8_t vector)
{
	engine_message(0xfee00000 | (uint64_t)cpu << 12, vector);
	check_eq("a buffer", ENGINE_DONE, engine_write(address_of(&engine_ring) + 0xf00));
}

static void send(uint8_t vector)
{
	send_to(0, vector);
}

/* Requested, with interrupts off. */
static void request(uint8_t vector)
{
	uint64_t start = rdtsc();

	send(vector);
	while (!apic_bit(APIC_IRR, vector) && rdtsc() - start < PATIENCE)
		asm volatile("pause");
	check("requested", apic_bit(APIC_IRR, vector));
}

static void let_in(void)
{
	sti();
	cli();
}

static void expect_comes(uint8_t vector)
{
	uint32_t before = irq_count[vector];

	request(vector);
	let_in();
	check_eq("it came", before + 1, irq_count[vector]);
	check("and was ended", !apic_bit(APIC_ISR, vector));
}

bool direct_begin(void)
{
	uint64_t start = rdtsc();

	trap_reload();
	if (!engine_begin())
		return false;
	if (!apic_enable_x2()) {
		skip("no x2APIC");
		return false;
	}
	expect_comes(DEVICE);
	while (rdtsc() - start < LONG)
		asm volatile("pause");
	expect_comes(DEVICE);
	return true;
}

void wait(uint64_t ticks)
{
	uint64_t start = rdtsc();

	while (rdtsc() - start < ticks)
		asm volatile("pause");
}

/* ---- what it costs ---- */

static void mark(uint32_t what, uint64_t id)
{
	uint32_t leaf = 0x54530000 + what, ignored;

	asm volatile("cpuid" : "+a"(leaf), "=b"(ignored), "+c"(id)::"edx", "memory");
}

/* What L0 emulates costs more where it ends direct mode for a time. */
static void measure_self(uint64_t id)
{
	uint32_t before = irq_count[SELF];

	mark(1, id);
	for (uint32_t i = 0; i < MESSAGES; i++) {
		apic_self_ipi(SELF);
		let_in();
	}
	mark(2, MESSAGES);
	check_eq("all came", before + MESSAGES, irq_count[SELF]);
}

static void measure(uint64_t id, bool halts)
{
	uint32_t before;

	send(DEVICE);
	wait(20000);
	let_in();
	before = irq_count[DEVICE];
	mark(1, id);
	for (uint32_t i = 1; i <= MESSAGES; i++) {
		check_eq("a buffer", ENGINE_DONE, engine_write(address_of(&engine_ring) + 0xf00));
		for (cli(); irq_count[DEVICE] < before + i; cli())
			if (halts)
				asm volatile("sti\n\thlt" ::: "memory");
			else
				sti();
	}
	mark(2, MESSAGES);
	check_eq("all came", before + MESSAGES, irq_count[DEVICE]);
}

TEST(running)
{
	if (direct_begin())
		measure(1, false);
}

TEST(halted)
{
	if (direct_begin())
		measure(2, true);
}

TEST(emulated)
{
	if (direct_begin())
		measure_self(3);
}

/* ---- among others ---- */

/* An interrupt that L0 emulates comes in between, before and after. */
TEST(with_self_ipis)
{
	if (!direct_begin())
		return;
	for (unsigned int i = 0; i < 40; i++) {
		uint32_t device = irq_count[DEVICE], self = irq_count[SELF];

		if (i & 1)
			apic_self_ipi(i & 2 ? SELF : OTHER);
		request(DEVICE);
		if (!(i & 1))
			apic_self_ipi(SELF);
		let_in();
		check_eq("the device's", device + 1, irq_count[DEVICE]);
		check_eq("the other", self + ((i & 3) != 1), irq_count[SELF]);
	}
}

/* In service one above the other, from both sides, and ended in turn. */
TEST(nested)
{
	if (!direct_begin())
		return;
	irq_keep = true;
	request(OTHER);
	let_in();
	request(DEVICE);
	let_in();
	apic_self_ipi(SELF);
	let_in();
	irq_keep = false;
	for (unsigned int i = 0; i < 3; i++) {
		static const uint8_t order[] = {SELF, DEVICE, OTHER};

		check("in service", apic_bit(APIC_ISR, order[i]));
		check_eq("PPR", order[i] >> 4, apic_read(APIC_PPR) >> 4);
		apic_eoi();
		check("ended", !apic_bit(APIC_ISR, order[i]));
	}
	expect_comes(DEVICE);
}

/* Vectors that L0 has for itself are the guest's like all others. */
TEST(vectors_of_others)
{
	static const uint8_t vectors[] = {0x24, 0x2f, 0x30, 0xe0, 0xe1, 0xf0, 0xf1, 0xf2};

	if (!direct_begin())
		return;
	for (unsigned int n = 0; n < 4; n++)
		for (unsigned int i = 0; i < ARRAY_SIZE(vectors); i++)
			expect_comes(vectors[i]);
}

L2_CODE(l_pause, "1: pause; jmp 1b");
L2_CODE(l_write, "mov %rax, (%rdi)");

/* L1's interrupts end its guest; what is in service when that begins is ended after it. */
TEST(beside_l2)
{
	if (!direct_begin() || !vmx_begin())
		return;
	vm_setup(l_pause);
	NEED(vm_set(WORD_PIN, PIN_EXTERNAL), "no external-interrupt exiting");
	for (unsigned int i = 0; i < 10; i++) {
		uint32_t before = irq_count[DEVICE];

		request(DEVICE);
		vm_expect("the device's", X_EXTERNAL);
		irq_keep = i & 1;
		let_in();
		irq_keep = false;
		check_eq("it came", before + 1, irq_count[DEVICE]);
		request(SELF);
		vm_expect("another, above it", X_EXTERNAL);
		let_in();
		check_eq("still in service", i & 1, apic_bit(APIC_ISR, DEVICE));
		apic_eoi();
	}
	expect_comes(DEVICE);
}

/* A guest of the guest's has the table among its memory. */
TEST(table_written_by_l2)
{
	uint64_t *gate = &idt_l1[2 * DEVICE], good = *gate;

	if (!direct_begin() || !vmx_begin())
		return;
	for (unsigned int i = 0; i < 6; i++) {
		vm_setup(l_write);
		vm.regs[RDI] = address_of(gate);
		vm.regs[RAX] = i & 1 ? good : good & ~BIT(47);
		vm_expect("L2", X_VMCALL);
		check_eq("the gate", vm.regs[RAX], *(volatile uint64_t *)gate);
		if (i & 1) {
			expect_comes(DEVICE);
			wait(LONG);
			expect_comes(DEVICE);
		}
	}
}

/* ---- a guest that wants to keep the processor ---- */

TEST(closed_for_long)
{
	if (!direct_begin())
		return;
	for (unsigned int i = 0; i < 4; i++) {
		uint32_t before = irq_count[DEVICE];

		write_cr8(i & 1 ? 15 : 0);
		request(DEVICE);
		if (i & 1)
			sti();
		wait(LONG);
		check_eq("none came", before, irq_count[DEVICE]);
		cli();
		write_cr8(0);
		let_in();
		check_eq("it came", before + 1, irq_count[DEVICE]);
	}
}

/* Never ended, and another waits behind it: for longer than L0 looks on. */
TEST(never_ended)
{
	uint32_t before;

	if (!direct_begin())
		return;
	expect_comes(OTHER);
	before = irq_count[OTHER];
	irq_keep = true;
	request(DEVICE);
	let_in();
	irq_keep = false;
	request(OTHER);
	for (unsigned int i = 0; i < 3; i++) {
		sti();
		wait(LONG);
		cli();
		check_eq("held back", before, irq_count[OTHER]);
	}
	check("in service", apic_bit(APIC_ISR, DEVICE));
	apic_eoi();
	let_in();
	check_eq("then it came", before + 1, irq_count[OTHER]);
	wait(10 * LONG);
	expect_comes(DEVICE);
}

TEST(ended_too_often)
{
	if (!direct_begin())
		return;
	for (unsigned int i = 0; i < 1000; i++)
		apic_eoi();
	expect_comes(DEVICE);
	irq_keep = true;
	request(DEVICE);
	let_in();
	irq_keep = false;
	for (unsigned int i = 0; i < 100; i++)
		apic_eoi();
	check("ended", !apic_bit(APIC_ISR, DEVICE));
	expect_comes(DEVICE);
	expect_comes(OTHER);
}

/* INT n, far more than L0 cares to answer. */
TEST(int_storm)
{
	uint32_t before;

	if (!direct_begin())
		return;
	before = irq_count[0x6f];
	for (unsigned int i = 0; i < 1000; i++)
		asm volatile("int $0x6f" ::: "memory");
	check_eq("all of them", before + 1000, irq_count[0x6f]);
	expect_comes(DEVICE);
}

/* Its own gate is not good: the exception is that of a bare machine, and the interrupt in service.
 */
static void expect_fault(uint8_t flags, int fault)
{
	volatile uint8_t *gate = (volatile uint8_t *)&idt_l1[2 * DEVICE] + 5;
	uint8_t good = *gate;

	*gate = flags;
	wait(LONG);
	request(DEVICE);
	check_eq("an exception", (uint64_t)fault, (uint64_t)CATCH(sti()));
	cli();
	check_eq("its error code", DEVICE << 3 | 3, last_fault.error);
	check("in service", apic_bit(APIC_ISR, DEVICE));
	apic_eoi();
	*gate = good;
	expect_comes(DEVICE);
}

TEST(jammed_gates)
{
	if (!direct_begin())
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

	if (!direct_begin())
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
		wait(i % 8 ? 1000 : LONG);
		let_in();
		check_eq("it came", before + i, irq_count[DEVICE]);
	}
	trap_reload();
	expect_comes(DEVICE);
}
