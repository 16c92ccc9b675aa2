// SPDX-License-Identifier: Apache-2.0
// Structures of L1 where it has no RAM, and events at every moment of a single-stepping L2.
#include "apic.h"
#include "vmx.h"

/* Where a PC has nothing: in the PCI hole, and near the end of the physical addresses. */
#define HOLE 0xd0000000ULL

static uint64_t high_hole(void)
{
	return BIT((cpuid(0x80000008, 0).eax & 0xff) - 1);
}

static uint64_t rip_of(void (*code)(void))
{
	return address_of((const void *)(uintptr_t)code);
}

L2_CODE(h_rdmsr, "mov $0xc0000080, %ecx; rdmsr");
L2_CODE(h_in, "in $0x80, %al");

/* All bits of a bitmap that lies nowhere are 1. */
TEST(bitmaps_nowhere)
{
	if (!vmx_begin())
		return;
	vm_setup(h_rdmsr);
	vmwrite(MSR_BITMAP, HOLE);
	vm_expect("MSR bitmap in the hole", X_RDMSR);
	vmwrite(MSR_BITMAP, high_hole());
	vm_expect("MSR bitmap beyond RAM", X_RDMSR);
	page_reset();
	vm_setup(h_in);
	vm_set(WORD_PROC, PROC_IO_BITMAP);
	vmwrite(IO_BITMAP_A, HOLE);
	vm_expect("I/O bitmap in the hole", X_IO);
}

L2_CODE(h_nop, "nop");

/* What the processor reads there for L2 is all ones: reserved bits in a table, no instruction. */
TEST(l2_nowhere)
{
	const uint64_t tables[] = {HOLE, high_hole()};

	if (!vmx_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(tables); i++) {
		vm_setup(h_nop);
		if (vm.ept && tables[i] >= BIT(32))
			continue; /* this EPT maps 4 GiB */
		vmwrite(GUEST_CR3, tables[i]);
		vmwrite(EXCEPTION_BITMAP, BIT(PF));
		vm_expect("tables", X_EXCEPTION);
		check_eq("present, reserved bit", 9, vmread(EXIT_ERROR_CODE) & 0xf);
		check_eq("address", rip_of(h_nop), vmread(EXIT_QUALIFICATION));
	}
	vm_setup(h_nop);
	vmwrite(GUEST_RIP, HOLE + PAGE_SIZE - 1);
	vmwrite(EXCEPTION_BITMAP, BIT(UD));
	vm_expect("code", X_EXCEPTION);
	check_eq("invalid opcode", UD, vmread(EXIT_EVENT) & 0xff);
	vm_setup(h_nop);
	vmwrite(GUEST_CR3, HOLE);
	vm_expect("and no handler can be found", X_TRIPLE_FAULT);
}

L2_CODE(h_cr8, "mov %cr8, %rbx; mov $5, %eax; mov %rax, %cr8; vmcall; mov %cr8, %rcx");

/* The task priority there is the highest, and what L2 writes is gone at the next entry at least. */
TEST(apic_page_nowhere)
{
	if (!vmx_begin())
		return;
	vm_setup(h_cr8);
	NEED(vm_set(WORD_PROC, PROC_TPR_SHADOW), "no TPR shadow");
	vm_clear(WORD_PROC, PROC_CR8_LOAD | PROC_CR8_STORE);
	vmwrite(VIRTUAL_APIC, HOLE);
	vmwrite(TPR_THRESHOLD, 0);
	vm_expect("reads", X_VMCALL);
	check_eq("CR8", 15, vm.regs[RBX]);
	vm_skip();
	vmwrite(TPR_THRESHOLD, 15);
	vm_expect("goes on", X_VMCALL);
	check_eq("CR8 again", 15, vm.regs[RCX]);
}

/* The first entry of a list there is all ones: reserved bits, so it fails as entry 1. SDM 27.4. */
TEST(lists_nowhere)
{
	if (!vmx_begin())
		return;
	vm_setup(h_rdmsr);
	vmwrite(ENTRY_MSR_LOAD, HOLE);
	vmwrite(ENTRY_MSR_LOAD_COUNT, 1);
	vm_expect("in the hole", X_MSR_LOAD | ENTRY_FAILED);
	check_eq("its number", 1, vmread(EXIT_QUALIFICATION));
	vmwrite(ENTRY_MSR_LOAD, high_hole());
	vmwrite(ENTRY_MSR_LOAD_COUNT, 0xffff);
	vm_expect("beyond RAM, many", X_MSR_LOAD | ENTRY_FAILED);
	check_eq("its number", 1, vmread(EXIT_QUALIFICATION));
	vmwrite(ENTRY_MSR_LOAD_COUNT, 0);
	vm_expect("without", X_VMCALL);
}

L2_CODE(h_peek, "mov (%rsi), %rax; mov %rax, %rbx; movq $1, (%rsi); mov (%rsi), %rcx");

/*
 * EPT12 may name any address: where L1 has no RAM, L2 finds an empty bus and never memory. (Devices
 * lie from 3 GiB on, some with pages that are memory.)
 */
TEST(ept_leaves_nowhere)
{
	const uint64_t leaves[] = {0xdfe00000, HOLE, BIT(32) + BIT(35), high_hole()};

	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC2).may & PROC2_EPT, "no EPT");
	NEED(!option("function"), "a function is there");
	for (unsigned int i = 0; i < ARRAY_SIZE(leaves); i++) {
		page_reset();
		vm_setup(h_peek);
		vm.ept_pd[1] = leaves[i] | 0xb7;
		invept(2, 0, 0);
		vm.regs[RSI] = BIT(21);
		vm_expect("L2", X_VMCALL);
		check_eq("read", ~0ULL, vm.regs[RBX]);
		check_eq("written and read", ~0ULL, vm.regs[RCX]);
	}
}

/* Tables there are all ones, which no level accepts. */
TEST(ept_tables_nowhere)
{
	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC2).may & PROC2_EPT, "no EPT");
	vm_setup(h_peek);
	vmwrite(EPTP, HOLE | 0x1e);
	vm_expect("the root", X_EPT_MISCONFIG);
	vmwrite(EPTP, address_of(vm.ept) | 0x1e);
	vm.ept[0] = high_hole() | 7;
	invept(2, 0, 0);
	vm_expect("the next", X_EPT_MISCONFIG);
}

L2_CODE(h_wrmsr_tsc, "mov $0x10, %ecx; xor %eax, %eax; mov $0x1000, %edx; wrmsr; rdtsc");

/* A TSC that L2 may write is L1's own: both ways of reading it agree afterwards. */
TEST(tsc_written_by_l2)
{
	uint64_t by_msr, seen;

	if (!vmx_begin())
		return;
	vm_setup(h_wrmsr_tsc);
	vm_expect("L2", X_VMCALL);
	seen = (uint32_t)vm.regs[RAX] | vm.regs[RDX] << 32;
	by_msr = rdmsr(MSR_TSC);
	check_eq("seen by L2", 0x1000, seen >> 32);
	check_eq("RDMSR", 0x1000, by_msr >> 32);
	check_eq("RDTSC", 0x1000, rdtsc() >> 32);
}

L2_CODE(h_out, "mov $1, %eax; out %al, $0x80; nop; nop");

/* An instruction is one step, whoever executes it. SDM vol. 3, 26.5.2. */
TEST(mtf_over_emulation)
{
	static const uint8_t steps[] = {5, 7, 8};

	if (!vmx_begin())
		return;
	vm_setup(h_out);
	NEED(vm_set(WORD_PROC, PROC_MTF), "no monitor trap flag");
	for (unsigned int i = 0; i < ARRAY_SIZE(steps); i++) {
		vm_expect("step", X_MTF);
		check_eq("RIP", rip_of(h_out) + steps[i], vmread(GUEST_RIP));
	}
}

L2_CODE(h_self_nmi, "mov $0xfee00300, %eax; movl $0x400, (%rax); nop; nop; nop");

/* NMIs that do not exit are L2's, though interrupts exit. SDM vol. 3, 26.2. */
TEST(nmi_of_l2)
{
	if (!vmx_begin())
		return;
	apic_enable();
	vm_setup(h_self_nmi);
	NEED(vm_set(WORD_PIN, PIN_EXTERNAL), "no external-interrupt exiting");
	vm_set(WORD_EXIT, EXIT_ACK);
	NEED(!(rdmsr(MSR_APIC_BASE) & APIC_BASE_X2), "the local APIC is no longer in memory");
	apic_write(APIC_ICR_HIGH, apic_read(APIC_ID));
	vm_expect("L2", X_VMCALL);
	check_eq("events", 1, l2_events);
	check_eq("vector", NMI, l2_log[0].vector);
}

L2_CODE(h_nops, "nop; nop; nop; nop; nop; nop; nop; nop");

/* Of an event that L1 injects and an interrupt that is L2's, none is lost. */
TEST(injection_beside_interrupt)
{
	if (!vmx_begin())
		return;
	apic_enable();
	vm_setup(h_nops);
	NEED(!(control_allowed(WORD_PIN).must & PIN_EXTERNAL), "exiting is fixed");
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	vmwrite(ENTRY_EVENT, EVENT(EVENT_EXCEPTION, UD));
	apic_self_ipi(0x63);
	vm_expect("L2", X_VMCALL);
	check_eq("events", 2, l2_events);
	check_eq("first", UD, l2_log[0].vector);
	check_eq("then", 0x63, l2_log[1].vector);
	apic_eoi();
}

/* L1's timer comes after so many ticks; its interrupt ends L2 with its vector. */
static void arm(uint64_t ticks)
{
	apic_write(APIC_LVT_TIMER, LVT_DEADLINE | 0x64);
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + ticks);
}

static void disarm(void)
{
	wrmsr(MSR_TSC_DEADLINE, 0);
	apic_write(APIC_LVT_TIMER, LVT_MASKED);
	sti();
	cli();
}

static bool interrupts_exit(void)
{
	return (cpuid(1, 0).ecx & BIT(24)) && vm_set(WORD_PIN, PIN_EXTERNAL) &&
	       vm_set(WORD_EXIT, EXIT_ACK);
}

L2_CODE(h_int, "int $0x66; nop");

/* One run of an L2 whose INT is interrupted somewhere; true: in its delivery. */
static bool interrupt_int(uint64_t ticks)
{
	bool in_flight = false;
	uint32_t reason;

	l2_log_reset();
	vmwrite(GUEST_RIP, rip_of(h_int));
	vmwrite(GUEST_RSP, vm.stack);
	if (control_allowed(WORD_PROC2).may & PROC2_EPT)
		invept(2, 0, 0);
	arm(ticks);
	while ((reason = vm_run()) == X_EXTERNAL) {
		uint64_t vectoring = vmread(IDT_VECTORING);

		apic_eoi();
		if (!(vectoring & BIT(31)))
			continue;
		in_flight = true;
		check_eq("event", EVENT(EVENT_SOFT_INT, 0x66), vectoring & ~BIT(12));
		check_eq("length", 2, vmread(EXIT_LENGTH));
		vmwrite(ENTRY_EVENT, vectoring & ~BIT(12));
		vmwrite(ENTRY_LENGTH, vmread(EXIT_LENGTH));
	}
	disarm();
	check_eq("end", X_VMCALL, reason);
	check_eq("delivered", 1, l2_events);
	check_eq("returns behind it", rip_of(h_int) + 2, l2_log[0].rip);
	return in_flight;
}

/* A timer interrupt of L1 at every moment of an INT of L2, whose pages come one by one. */
TEST(software_interrupt_in_flight)
{
	unsigned int met = 0;

	if (!vmx_begin())
		return;
	apic_enable();
	vm_setup(h_int);
	NEED(interrupts_exit(), "no interrupt exits or no TSC deadline");
	for (uint64_t ticks = 1; ticks < 12000; ticks += 13)
		met += interrupt_int(ticks);
	print("NOTE in flight %u times\n", met);
}

L2_CODE(h_steps, "nop; out %al, $0x80; nop; in $0x80, %al; nop; out %al, $0x80; nop");

/* The same while L1 single-steps L2: each step once, each interrupt once, whatever the moment. */
TEST(interrupts_between_steps)
{
	static const uint8_t steps[] = {1, 3, 4, 6, 7, 9, 10};

	if (!vmx_begin())
		return;
	apic_enable();
	vm_setup(h_steps);
	NEED(vm_set(WORD_PROC, PROC_MTF), "no monitor trap flag");
	NEED(interrupts_exit(), "no interrupt exits or no TSC deadline");
	for (uint64_t ticks = 1; ticks < 12000; ticks += 29) {
		unsigned int step = 0, interrupts = 0;
		uint32_t reason;

		vmwrite(GUEST_RIP, rip_of(h_steps));
		arm(ticks);
		while ((reason = vm_run()) == X_MTF || reason == X_EXTERNAL) {
			if (reason == X_MTF && step < ARRAY_SIZE(steps))
				step++;
			if (reason == X_EXTERNAL) {
				interrupts++;
				apic_eoi();
			}
			check_eq("RIP", rip_of(h_steps) + (step ? steps[step - 1] : 0),
				 vmread(GUEST_RIP));
		}
		check_eq("end", X_VMCALL, reason);
		check_eq("steps", ARRAY_SIZE(steps), step);
		check("no more than one interrupt", interrupts <= 1);
		disarm();
	}
}
