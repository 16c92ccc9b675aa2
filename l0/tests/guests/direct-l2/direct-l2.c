// SPDX-License-Identifier: Apache-2.0
// A device's interrupts that an L2 takes by itself, through its own IDT, and ends in L1's local
// APIC: L1 gives it both, and is a plain hypervisor, or has a shadow of L2's IDT itself (ELI upon
// ELI). What L2 sees is what it would see on a bare machine.
#include "apic.h"
#include "engine.h"
#include "processor.h"
#include "trap.h"
#include "vmx.h"

#define DEVICE   0x61
#define OTHER    0x51 /* below it */
#define SELF     0x71
#define HIDDEN   0x6f /* nobody sends it */
#define MESSAGES 50U
#define PATIENCE 2000000ULL
#define LONG     3000000ULL /* looks of L0's */

#define GATE_FLAGS(vector) ((vector)*16U + 5)
#define GATE_PRESENT       0x80

/* Counts, by vector, and ends it. */
volatile uint32_t taken[256];
volatile bool taken_keep;
extern char take_device[], take_other[], take_self[];

#define TAKE(name, vector)                                                                         \
	asm(".text\n.balign 16\n.globl take_" name "\n"                                            \
	    "take_" name ": push %rax; push %rcx; push %rdx;"                                      \
	    "incl taken + 4 * " vector "; cmpb $0, taken_keep; jne 1f;"                            \
	    "mov $0x80b, %ecx; xor %eax, %eax; xor %edx, %edx; wrmsr;"                             \
	    "1: pop %rdx; pop %rcx; pop %rax; iretq")
TAKE("device", "0x61");
TAKE("other", "0x51");
TAKE("self", "0x71");

/* ---- L2's table ---- */

static uint8_t *table;  /* L2's */
static uint8_t *shadow; /* L1's in its place, where L1 has one */

static void set_gate(uint8_t vector, const char *handler)
{
	uint64_t *gate = (uint64_t *)(uintptr_t)table + 2ULL * vector, at = address_of(handler);

	gate[0] = (gate[0] & ~(0xffffULL | BITS(63, 48))) | (at & 0xffff) | (at & 0xffff0000) << 32;
	gate[1] = at >> 32;
}

static void make_table(void)
{
	table = page_alloc();
	for (unsigned int i = 0; i < ARRAY_SIZE(idt_l2); i++)
		((uint64_t *)(uintptr_t)table)[i] = idt_l2[i];
	set_gate(DEVICE, take_device);
	set_gate(OTHER, take_other);
	set_gate(SELF, take_self);
	vmwrite(GUEST_IDTR_BASE, address_of(table));
	vmwrite(GUEST_IDTR_LIMIT, PAGE_SIZE - 1);
}

/* L2 finds the frame @to at its page @at; both are below 4 GiB. */
static void remap(const void *at, const void *to)
{
	uint64_t gpa = address_of(at), *pde = &vm.ept_pd[gpa >> 21];
	uint64_t *pt;

	if (*pde & BIT(7)) {
		pt = page_alloc();
		for (uint64_t i = 0; i < 512; i++)
			pt[i] = (*pde & ~(BITS(20, 0))) | i << 12 | 0x37;
		*pde = address_of(pt) | 7;
	}
	pt = (uint64_t *)(uintptr_t)(*pde & BITS(51, 12));
	pt[gpa >> 12 & 511] = address_of(to) | 0x37;
}

static void forget(void)
{
	check_eq("invept", VM_SUCCEED, invept(2, 0, 0));
}

/* L1's own shadow: the device's gate alone is present, and exceptions. */
static void inner_begin(void)
{
	shadow = page_alloc();
	for (unsigned int i = 0; i < PAGE_SIZE; i++)
		shadow[i] = table[i];
	for (unsigned int v = 32; v < 256; v++)
		if (v != DEVICE)
			shadow[GATE_FLAGS(v)] &= (uint8_t)~GATE_PRESENT;
	remap(table, shadow);
	forget();
	vmwrite(EXCEPTION_BITMAP, BIT(NP));
}

/* ---- the device ---- */

static void send(uint8_t vector)
{
	engine_message(0xfee00000, vector);
	check_eq("a buffer", ENGINE_DONE, engine_write(address_of(&engine_ring) + 0xf00));
}

/* Requested of L1's local APIC, with interrupts off. */
static void request(uint8_t vector)
{
	uint64_t start = rdtsc();

	send(vector);
	while (!apic_bit(APIC_IRR, vector) && rdtsc() - start < PATIENCE)
		asm volatile("pause");
	check("requested", apic_bit(APIC_IRR, vector));
}

static void wait(uint64_t ticks)
{
	uint64_t start = rdtsc();

	while (rdtsc() - start < ticks)
		asm volatile("pause");
}

/* L1 takes the first one of a vector, so that it is open. */
static void open(uint8_t vector)
{
	uint32_t before = irq_count[vector];

	request(vector);
	sti();
	cli();
	check_eq("L1's own", before + 1, irq_count[vector]);
}

/* An L2 at `code` whose table is a page of its own; L1's interrupts and its EOIs are L2's. */
static bool begin(void (*code)(void))
{
	trap_reload();
	if (!engine_begin())
		return false;
	if (!apic_enable_x2()) {
		skip("no x2APIC");
		return false;
	}
	if (!vmx_begin())
		return false;
	open(DEVICE);
	open(OTHER);
	vm_setup(code);
	make_table();
	taken_keep = false;
	vmwrite(EXCEPTION_BITMAP, 0);
	return true;
}

/* From the start of `code`, once more, with interrupts off. */
static void run(void (*code)(void), uint32_t reason)
{
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)code));
	vmwrite(GUEST_RSP, vm.stack);
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE);
	vm_expect("L2", reason);
}

/* ... with an interrupt of L1's making, for which they are on. */
static void run_with(uint8_t vector, void (*code)(void), uint32_t reason)
{
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)code));
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	vmwrite(ENTRY_EVENT, EVENT(EVENT_EXTERNAL, vector));
	vm_expect("L2", reason);
}

/* ---- what it costs ---- */

static void mark(uint32_t what, uint64_t id)
{
	uint32_t leaf = 0x54530000 + what, ignored;

	asm volatile("cpuid" : "+a"(leaf), "=b"(ignored), "+c"(id)::"edx", "memory");
}

/* In L2: so many messages, each of them taken before the next. */
static void take(uint32_t count, bool halts)
{
	uint32_t before = taken[DEVICE];

	for (uint32_t i = 1; i <= count; i++) {
		engine_post();
		for (cli(); taken[DEVICE] < before + i; cli())
			if (halts)
				asm volatile("sti\n\thlt" ::: "memory");
			else
				sti();
	}
}

static uint64_t measure_id;
static bool measure_halts;

static void l_measure(void)
{
	take(4, measure_halts);
	mark(1, measure_id);
	take(MESSAGES, measure_halts);
	mark(2, MESSAGES);
	hypercall(0);
}

static void measure(uint64_t id, bool halts, bool inner)
{
	if (!begin(l_measure))
		return;
	if (inner)
		inner_begin();
	taken[DEVICE] = 0;
	measure_id = id;
	measure_halts = halts;
	engine_message(0xfee00000, DEVICE);
	wait(LONG);
	vm_expect("L2", X_VMCALL);
	check_eq("all came", MESSAGES + 4, taken[DEVICE]);
	check("all ended", !apic_bit(APIC_ISR, DEVICE));
}

TEST(running)
{
	measure(1, false, false);
}

TEST(halted)
{
	measure(2, true, false);
}

TEST(running_in_inner)
{
	measure(3, false, true);
}

TEST(halted_in_inner)
{
	measure(4, true, true);
}

/* ---- among others ---- */

L2_CODE(l_let_in, "sti; nop; nop; cli");
L2_CODE(l_spin, "sti; 1: pause; jmp 1b");
L2_CODE(l_closed, "1: pause; jmp 1b");
L2_CODE(l_int, "int $0x6f");
L2_CODE(l_cpuid, "xor %eax, %eax; cpuid");
L2_CODE(l_write, "mov %al, (%rdi)");

/* L2 takes it, with no word of L1's. */
static void expect_comes(uint8_t vector)
{
	uint32_t before = taken[vector];

	request(vector);
	run(l_let_in, X_VMCALL);
	check_eq("it came", before + 1, taken[vector]);
	check("and was ended", !apic_bit(APIC_ISR, vector));
}

/* What L0 emulates, beside what comes by itself. */
TEST(with_self_ipis)
{
	if (!begin(l_let_in))
		return;
	for (unsigned int i = 0; i < 20; i++) {
		uint32_t device = taken[DEVICE], self = taken[SELF];

		if (i & 1)
			apic_self_ipi(SELF);
		request(DEVICE);
		if (!(i & 1))
			apic_self_ipi(SELF);
		run(l_let_in, X_VMCALL);
		check_eq("the device's", device + 1, taken[DEVICE]);
		check_eq("the other", self + 1, taken[SELF]);
	}
}

/* An exit that is L1's, and its VMRESUME; and what L0 emulates, for L2 to take. */
static void measure_l1(uint64_t id, bool self)
{
	uint32_t before;

	if (!begin(l_let_in))
		return;
	wait(LONG);
	expect_comes(DEVICE);
	run(l_cpuid, X_CPUID);
	before = taken[SELF];
	mark(1, id);
	for (unsigned int i = 0; i < MESSAGES; i++) {
		if (self)
			apic_self_ipi(SELF);
		vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)l_let_in));
		vm_run();
	}
	mark(2, MESSAGES);
	check_eq("all came", before + (self ? MESSAGES : 0), taken[SELF]);
}

TEST(reflected)
{
	measure_l1(5, false);
}

TEST(emulated)
{
	measure_l1(6, true);
}

/* L2 leaves with an interrupt in service, L1 sees it there, and either ends it. */
TEST(in_service_between)
{
	if (!begin(l_let_in))
		return;
	for (unsigned int i = 0; i < 6; i++) {
		taken_keep = true;
		request(DEVICE);
		run(l_let_in, X_VMCALL);
		check("in service", apic_bit(APIC_ISR, DEVICE));
		check_eq("PPR", DEVICE >> 4, apic_read(APIC_PPR) >> 4);
		taken_keep = false;
		if (i & 1)
			expect_comes(SELF); /* above it, and ended alone */
		check("still in service", apic_bit(APIC_ISR, DEVICE));
		apic_eoi();
		check("ended", !apic_bit(APIC_ISR, DEVICE));
		expect_comes(DEVICE);
	}
}

/* L1's interrupts while its L2 takes them, and L1 again. */
TEST(l1_and_l2_in_turn)
{
	if (!begin(l_let_in))
		return;
	for (unsigned int i = 0; i < 10; i++) {
		open(DEVICE);
		expect_comes(DEVICE);
		run(l_cpuid, X_CPUID);
	}
}

/* The same L2 with its L1's exits, and without them again. */
TEST(exits_between)
{
	if (!begin(l_let_in))
		return;
	for (unsigned int i = 0; i < 6; i++) {
		uint32_t before = irq_count[DEVICE];

		expect_comes(DEVICE);
		NEED(vm_set(WORD_PIN, PIN_EXTERNAL), "no external-interrupt exiting");
		request(DEVICE);
		run(l_let_in, X_EXTERNAL);
		sti();
		cli();
		check_eq("L1's", before + 1, irq_count[DEVICE]);
		vm_clear(WORD_PIN, PIN_EXTERNAL);
		vm.msr_bitmap[2048 + 0x80b / 8] |= 1U << 0x80b % 8;
		request(DEVICE);
		run(l_let_in, X_WRMSR);
		check("in service", apic_bit(APIC_ISR, DEVICE));
		apic_eoi();
		vm.msr_bitmap[2048 + 0x80b / 8] = 0;
		if (i & 1)
			wait(LONG);
	}
}

/* ---- gates ---- */

/* A vector that is masked: INT n, what L1 has it get, what is not there at all. */
TEST(masked_gates)
{
	if (!begin(l_int))
		return;
	for (unsigned int i = 0; i < 4; i++) {
		l2_log_reset();
		run(l_int, X_VMCALL);
		check_eq("INT n", 1, l2_events);
		check_eq("its vector", HIDDEN, l2_log[0].vector);
		expect_comes(DEVICE);
		l2_log_reset();
		run_with(HIDDEN, l_cpuid, X_CPUID);
		check_eq("an entry's", 1, l2_events);
		check_eq("its vector", HIDDEN, l2_log[0].vector);
	}
	table[GATE_FLAGS(HIDDEN)] &= (uint8_t)~GATE_PRESENT;
	wait(LONG);
	expect_comes(DEVICE);
	l2_log_reset();
	l2_continue = address_of((const void *)(uintptr_t)l_int) + 2;
	run(l_int, X_VMCALL);
	check_eq("its own", NP, l2_log[0].vector);
	check_eq("error code", HIDDEN << 3 | 2, l2_log[0].error);
}

/* L1's shadow hides a vector that L0's has open: the exit is L1's, with all that it must know. */
TEST(masked_by_inner)
{
	if (!begin(l_let_in))
		return;
	inner_begin();
	for (unsigned int i = 0; i < 4; i++) {
		expect_comes(DEVICE);
		request(OTHER);
		run(l_let_in, X_EXCEPTION);
		check_eq("#NP", EVENT(EVENT_EXCEPTION, NP) | EVENT_ERROR, vmread(EXIT_EVENT));
		check_eq("error code", OTHER << 3 | 3, vmread(EXIT_ERROR_CODE));
		check_eq("vectoring", EVENT(EVENT_EXTERNAL, OTHER), vmread(IDT_VECTORING));
		check("in service", apic_bit(APIC_ISR, OTHER));
		apic_eoi();
		run(l_int, X_EXCEPTION);
		check_eq("error code of INT n", HIDDEN << 3 | 2, vmread(EXIT_ERROR_CODE));
	}
}

/* ---- hostile ---- */

/* Interrupts off, for looks of L0's: L1 has the processor back when its timer says so. */
TEST(closed_for_long)
{
	uint64_t start, spent;

	if (!begin(l_closed))
		return;
	for (unsigned int i = 0; i < 4; i++) {
		uint32_t before = taken[DEVICE];

		request(DEVICE);
		vm_guard(LONG);
		start = rdtsc();
		run(l_closed, X_TIMER);
		spent = rdtsc() - start;
		check("in time", spent >= LONG && spent < LONG + LONG / 8);
		check_eq("none came", before, taken[DEVICE]);
		vm_guard(50000000);
		run(l_let_in, X_VMCALL);
		check_eq("it came", before + 1, taken[DEVICE]);
	}
}

/* Never ended, with another behind it. */
TEST(never_ended)
{
	uint32_t before;

	if (!begin(l_spin))
		return;
	expect_comes(OTHER);
	before = taken[OTHER];
	taken_keep = true;
	request(DEVICE);
	request(OTHER);
	for (unsigned int i = 0; i < 3; i++) {
		vm_guard(LONG);
		run(l_spin, X_TIMER);
		check_eq("held back", before, taken[OTHER]);
	}
	taken_keep = false;
	check("in service", apic_bit(APIC_ISR, DEVICE));
	apic_eoi();
	vm_guard(50000000);
	run(l_let_in, X_VMCALL);
	check_eq("then it came", before + 1, taken[OTHER]);
	wait(10 * LONG);
	expect_comes(DEVICE);
}

/* L2 writes to its table, itself or by another address, and so does L1: all of it counts at once.
 */
TEST(restless_table)
{
	uint8_t *alias;

	if (!begin(l_write))
		return;
	alias = page_alloc();
	remap(alias, table);
	forget();
	for (unsigned int i = 0; i < 12; i++) {
		uint8_t *at = (i & 2 ? alias : table) + GATE_FLAGS(HIDDEN);
		uint8_t flags = (uint8_t)(table[GATE_FLAGS(HIDDEN)] ^ GATE_PRESENT);

		expect_comes(DEVICE);
		if (i % 3) {
			vm.regs[RDI] = address_of(at);
			vm.regs[RAX] = flags;
			run(l_write, X_VMCALL);
		} else {
			*(volatile uint8_t *)(table + GATE_FLAGS(HIDDEN)) = flags;
		}
		check_eq("the gate", flags, *(volatile uint8_t *)(table + GATE_FLAGS(HIDDEN)));
		l2_log_reset();
		l2_continue = address_of((const void *)(uintptr_t)l_int) + 2;
		run(l_int, X_VMCALL);
		check_eq("INT n", flags & GATE_PRESENT ? HIDDEN : NP, l2_log[0].vector);
		if (i & 1)
			wait(LONG);
	}
}

/* Other frames under the table, with no more than L1's INVEPT, and the first ones again. */
TEST(table_moved_by_ept)
{
	uint8_t *other;

	if (!begin(l_let_in))
		return;
	other = page_alloc();
	for (unsigned int i = 0; i < PAGE_SIZE; i++)
		other[i] = table[i];
	for (unsigned int i = 0; i < 8; i++) {
		expect_comes(DEVICE);
		remap(table, i & 1 ? table : other);
		forget();
		l2_log_reset();
		run(l_int, X_VMCALL);
		check_eq("INT n", HIDDEN, l2_log[0].vector);
		if (i & 2)
			wait(LONG);
	}
}

/* L1's own table is L2's: one page with two shadows. */
TEST(table_of_both)
{
	if (!begin(l_let_in))
		return;
	for (unsigned int i = 0; i < 4; i++) {
		uint32_t before = irq_count[DEVICE];

		open(DEVICE);
		vmwrite(GUEST_IDTR_BASE, address_of(idt_l1));
		request(DEVICE);
		run(l_let_in, X_VMCALL);
		check_eq("both", before + 2, irq_count[DEVICE]);
		idt_l1[2 * HIDDEN] ^= BIT(47);
		wait(i & 1 ? LONG : 0);
	}
}
