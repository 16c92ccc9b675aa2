// SPDX-License-Identifier: Apache-2.0
// Interrupt and NMI windows, blocking, debug state, single steps, monitor trap flag, timer.
#include "apic.h"
#include "vmx.h"

L2_CODE(w_nops, "nop; nop; nop; nop");
L2_CODE(w_sti, "nop; sti; nop; nop");

static uint64_t rip_of(void (*code)(void))
{
	return address_of((const void *)(uintptr_t)code);
}

/* SDM vol. 3, 26.2: an exit at the start of the first instruction with IF set and no blocking. */
TEST(interrupt_window)
{
	if (!vmx_begin())
		return;
	vm_setup(w_nops);
	vm_set(WORD_PROC, PROC_INTERRUPT_WINDOW);
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	vm_expect("open at entry", X_INTERRUPT_WINDOW);
	check_eq("no instruction ran", rip_of(w_nops), vmread(GUEST_RIP));
	vmwrite(GUEST_INTERRUPTIBILITY, 1);
	vm_expect("blocked by STI", X_INTERRUPT_WINDOW);
	check_eq("one instruction ran", rip_of(w_nops) + 1, vmread(GUEST_RIP));
	page_reset();
	vm_setup(w_nops);
	vm_set(WORD_PROC, PROC_INTERRUPT_WINDOW);
	vm_expect("IF clear", X_VMCALL);
	page_reset();
	vm_setup(w_sti);
	vm_set(WORD_PROC, PROC_INTERRUPT_WINDOW);
	vm_expect("opened by STI", X_INTERRUPT_WINDOW);
	check_eq("one instruction after STI", rip_of(w_sti) + 3, vmread(GUEST_RIP));
}

TEST(nmi_window)
{
	if (!vmx_begin())
		return;
	vm_setup(w_nops);
	NEED(vm_set(WORD_PIN, PIN_NMI | PIN_VIRTUAL_NMI), "no virtual NMIs");
	vm_set(WORD_PROC, PROC_NMI_WINDOW);
	vm_expect("open at entry", X_NMI_WINDOW);
	check_eq("no instruction ran", rip_of(w_nops), vmread(GUEST_RIP));
	vmwrite(GUEST_INTERRUPTIBILITY, 8);
	vm_expect("blocked by NMI", X_VMCALL);
	check_eq("still blocked", 8, vmread(GUEST_INTERRUPTIBILITY) & 8);
}

/* A window ends the HLT state by its exit, which saves the state from before: 28.1. */
TEST(windows_in_hlt)
{
	if (!vmx_begin())
		return;
	NEED(rdmsr(MSR_VMX_MISC) & BIT(6), "no HLT activity state");
	vm_setup(w_nops);
	vm_set(WORD_PROC, PROC_INTERRUPT_WINDOW);
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	vmwrite(GUEST_ACTIVITY, 1);
	vm_expect("interrupt window", X_INTERRUPT_WINDOW);
	check_eq("halted", 1, vmread(GUEST_ACTIVITY));
	vm_clear(WORD_PROC, PROC_INTERRUPT_WINDOW);
	NEED(vm_set(WORD_PIN, PIN_NMI | PIN_VIRTUAL_NMI), "no virtual NMIs");
	vm_set(WORD_PROC, PROC_NMI_WINDOW);
	vm_expect("NMI window", X_NMI_WINDOW);
	check_eq("halted", 1, vmread(GUEST_ACTIVITY));
	check_eq("no instruction ran", rip_of(w_nops), vmread(GUEST_RIP));
}

/* An injected NMI blocks; IRET of its handler unblocks, and the window opens after it. */
TEST(virtual_nmi_blocking)
{
	if (!vmx_begin())
		return;
	vm_setup(w_nops);
	NEED(vm_set(WORD_PIN, PIN_NMI | PIN_VIRTUAL_NMI), "no virtual NMIs");
	vm_set(WORD_PROC, PROC_NMI_WINDOW);
	vmwrite(ENTRY_EVENT, EVENT(EVENT_NMI, 2));
	vm_expect("window after the handler", X_NMI_WINDOW);
	check_eq("handler ran", 1, l2_events);
	check_eq("vector", NMI, l2_log[0].vector);
	check_eq("back after IRET", rip_of(w_nops), vmread(GUEST_RIP));
	check_eq("unblocked", 0, vmread(GUEST_INTERRUPTIBILITY) & 8);
}

L2_CODE(w_sti_cpuid, "sti; cpuid");
L2_CODE(w_ss_cpuid, "mov %ss, %eax; mov %eax, %ss; cpuid");

TEST(blocking_saved)
{
	if (!vmx_begin())
		return;
	vm_setup(w_sti_cpuid);
	vm_expect("after STI", X_CPUID);
	check_eq("blocking by STI", 1, vmread(GUEST_INTERRUPTIBILITY));
	page_reset();
	vm_setup(w_ss_cpuid);
	vm_expect("after MOV SS", X_CPUID);
	check_eq("blocking by MOV SS", 2, vmread(GUEST_INTERRUPTIBILITY));
}

/* ---- debug state ---- */

L2_CODE(w_cpuid, "cpuid; nop; nop");

/* The step over an exit is L1's: it sets BS pending when it skips the instruction. */
TEST(single_step_over_exit)
{
	if (!vmx_begin())
		return;
	vm_setup(w_cpuid);
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_TF);
	vm_expect("cpuid", X_CPUID);
	check_eq("no #DB yet", 0, l2_events);
	vm_skip();
	vmwrite(GUEST_PENDING_DEBUG, BIT(14));
	vm_expect("L2", X_VMCALL);
	check_eq("one #DB", 1, l2_events);
	check_eq("vector", DB, l2_log[0].vector);
	check_eq("after CPUID", rip_of(w_cpuid) + 2, l2_log[0].rip);
	check_eq("DR6.BS", BIT(14), l2_log[0].dr6 & (BIT(14) | 15));
}

/* Without it the trap comes after the next instruction. */
TEST(single_step)
{
	if (!vmx_begin())
		return;
	vm_setup(w_nops);
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_TF);
	vm_expect("L2", X_VMCALL);
	check_eq("one #DB", 1, l2_events);
	check_eq("after one instruction", rip_of(w_nops) + 1, l2_log[0].rip);
	check_eq("DR6.BS", BIT(14), l2_log[0].dr6 & (BIT(14) | 15));
}

TEST(debug_exception_exit)
{
	uint64_t dr6;

	if (!vmx_begin())
		return;
	write_dr6(0xffff0ff0);
	vm_setup(w_nops);
	vmwrite(EXCEPTION_BITMAP, BIT(DB));
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_TF);
	vm_expect("#DB", X_EXCEPTION);
	dr6 = read_dr6();
	check_eq("information", EVENT(EVENT_EXCEPTION, DB), vmread(EXIT_EVENT) & ~BIT(12));
	check_eq("qualification: BS", BIT(14), vmread(EXIT_QUALIFICATION));
	check_eq("DR6 not changed by the exit", 0xffff0ff0, dr6);
}

/* A breakpoint set by L2 in its own debug registers. */
L2_CODE(w_breakpoint, "lea 1f(%rip), %rax; mov %rax, %dr0; mov $0x402, %eax; mov %rax, %dr7; "
		      "nop; 1: nop; mov %dr6, %rbx; mov %dr7, %rcx");
TEST(breakpoint_in_l2)
{
	if (!vmx_begin())
		return;
	write_dr6(0xffff0ff0);
	vm_setup(w_breakpoint);
	/* The handler goes on beyond the breakpoint. */
	l2_continue = rip_of(w_nops);
	vm_expect("L2", X_VMCALL);
	check_eq("one #DB", 1, l2_events);
	check_eq("DR6.B0", 1, l2_log[0].dr6 & (BIT(14) | 15));
	check_eq("DR7 saved", 0x402, vmread(GUEST_DR7));
	check_eq("DR7 of L1", 0x400, read_dr7());
	check_eq("DR6 is left as L2 had it", 1, read_dr6() & 15);
	write_dr6(0xffff0ff0);
}

L2_CODE(w_dr, "mov %dr6, %rbx; mov %dr7, %rcx; mov %dr0, %rdx");
TEST(debug_registers_pass)
{
	if (!vmx_begin())
		return;
	vm_setup(w_dr);
	write_dr6(0xffff0ff3);
	write_dr0(0x1234567);
	vmwrite(GUEST_DR7, 0x455);
	vm_expect("L2", X_VMCALL);
	check_eq("DR6 seen by L2", 0xffff0ff3, vm.regs[RBX]);
	check_eq("DR7 seen by L2", 0x455, vm.regs[RCX]);
	check_eq("DR0 seen by L2", 0x1234567, vm.regs[RDX]);
	check_eq("DR7 after the exit", 0x400, read_dr7());
	write_dr6(0xffff0ff0);
	write_dr0(0);
}

/* ---- monitor trap flag ---- */

TEST(monitor_trap_flag)
{
	if (!vmx_begin())
		return;
	vm_setup(w_nops);
	NEED(vm_set(WORD_PROC, PROC_MTF), "no MTF");
	for (uint64_t i = 1; i <= 3; i++) {
		vm_expect("step", X_MTF);
		check_eq("one instruction", rip_of(w_nops) + i, vmread(GUEST_RIP));
	}
	vm_clear(WORD_PROC, PROC_MTF);
	vm_expect("without", X_VMCALL);
}

/* With an event the exit comes before the first instruction of its handler. */
TEST(monitor_trap_flag_event)
{
	uint64_t handler;

	if (!vmx_begin())
		return;
	vm_setup(w_nops);
	NEED(vm_set(WORD_PROC, PROC_MTF), "no MTF");
	handler = (idt_l2[2 * 0x66] & 0xffff) | ((idt_l2[2 * 0x66] >> 32) & 0xffff0000);
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	vmwrite(ENTRY_EVENT, EVENT(EVENT_EXTERNAL, 0x66));
	vm_expect("step", X_MTF);
	check_eq("at the handler", handler, vmread(GUEST_RIP));
}

/* An injected pending MTF (type 7, vector 0) exits before any instruction. */
TEST(monitor_trap_flag_injected)
{
	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC).may & PROC_MTF, "no MTF");
	vm_setup(w_nops);
	vmwrite(ENTRY_EVENT, EVENT(EVENT_OTHER, 0));
	vm_expect("pending MTF", X_MTF);
	check_eq("no instruction ran", rip_of(w_nops), vmread(GUEST_RIP));
}

/* ---- preemption timer ---- */

L2_CODE(w_spin, "1: inc %rbx; jmp 1b");

TEST(preemption_timer)
{
	uint64_t before, ticks, rate;

	if (!vmx_begin())
		return;
	rate = rdmsr(MSR_VMX_MISC) & 31;
	vm_setup(w_spin);
	NEED(vm_set(WORD_PIN, PIN_TIMER), "no preemption timer");
	vmwrite(PREEMPTION_TIMER, 200000 >> rate);
	before = rdtsc();
	vm_expect("timer", X_TIMER);
	ticks = rdtsc() - before;
	check("not before its time", ticks + (1ULL << rate) >= 200000);
	check("within a tenth after its time, L0 included", ticks < 220000 + (2ULL << rate));
	check("L2 ran", vm.regs[RBX] > 100);
}

/* An L0 that shadows all of L1's tables does so between setting the timer and the entry. */
static uint64_t slack(void)
{
	return vm.ept ? 48 : 5000;
}

/* A page that comes is an exit or two, with new tables of thousands of ticks. */
#define WHILE_PAGES_COME 200000

/* The TSC when L2 begins and as far as it gets; ports that L0 may have to serve in between. */
L2_CODE(w_watch, "rdtsc; mov %eax, %ebx; test %rdi, %rdi; jz 2f;"
		 "1: out %al, $0x80; dec %rdi; jnz 1b; 2: rdtsc; mov %eax, %ecx; jmp 2b");

/* Once more where an interrupt of L0's own took all the time, so that L2 did not begin. */
static void run_watch(const char *name, uint64_t timer, uint64_t ports)
{
	for (unsigned int i = 0; i < 5; i++) {
		vm.regs[RDI] = ports;
		vmwrite(GUEST_RIP, rip_of(w_watch));
		vmwrite(PREEMPTION_TIMER, timer);
		if (!vm_expect(name, X_TIMER) || vmread(GUEST_RIP) != rip_of(w_watch))
			return;
	}
	check("it ran", false);
}

/*
 * The timer counts from the entry to L2 on, and while L2 is not there too: whoever serves it, L2
 * ends at that TSC. SDM vol. 3, 26.5.1.
 */
TEST(preemption_timer_to_the_tick)
{
	static const struct {
		const char *name;
		uint64_t ticks, ports;
	} rows[] = {
		{"short", 100, 0},
		{"longer", 5000, 0},
		{"over an exit of L0's", 20000, 1},
		{"over several", 40000, 4},
	};
	uint64_t unit;

	if (!vmx_begin())
		return;
	NEED(!option("function"), "a shadow of a table may be made meanwhile");
	unit = 1ULL << (rdmsr(MSR_VMX_MISC) & 31);
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t ran;

		page_reset();
		vm_setup(w_watch);
		NEED(vm_set(WORD_PIN, PIN_TIMER), "no preemption timer");
		vmwrite(PREEMPTION_TIMER, WHILE_PAGES_COME / unit);
		vm_expect("its pages come", X_TIMER);
		run_watch(rows[i].name, rows[i].ticks / unit, rows[i].ports);
		ran = (uint32_t)vm.regs[RCX] - (uint32_t)vm.regs[RBX];
		check("not after its time", ran <= rows[i].ticks + unit + slack());
		check("not before", ran + unit + slack() >= rows[i].ticks);
	}
}

L2_CODE(w_leave_late, "rdtsc; mov %eax, %ebx; mov $200, %ecx; 1: dec %ecx; jnz 1b; rdtsc");

/* What is saved is what L2 has left of it. SDM vol. 3, 28.3.1. */
TEST(preemption_timer_saved_to_the_tick)
{
	uint64_t unit;
	uint32_t ran, left;

	if (!vmx_begin())
		return;
	NEED(!option("function"), "a shadow of a table may be made meanwhile");
	unit = 1ULL << (rdmsr(MSR_VMX_MISC) & 31);
	vm_setup(w_leave_late);
	NEED(vm_set(WORD_EXIT, EXIT_SAVE_TIMER), "timer is not saved");
	vm_set(WORD_PIN, PIN_TIMER);
	vmwrite(PREEMPTION_TIMER, WHILE_PAGES_COME / unit);
	vm_expect("its pages come", X_VMCALL);
	vmwrite(GUEST_RIP, rip_of(w_leave_late));
	vmwrite(PREEMPTION_TIMER, 1000 / unit);
	vm_expect("L2", X_VMCALL);
	ran = (uint32_t)vm.regs[RAX] - (uint32_t)vm.regs[RBX];
	left = (uint32_t)(vmread(PREEMPTION_TIMER) * unit);
	check("no more", left <= 1000 - ran + unit + slack());
	check("and no less", left + unit + slack() >= 1000 - ran);
}

TEST(preemption_timer_zero)
{
	if (!vmx_begin())
		return;
	vm_setup(w_spin);
	NEED(vm_set(WORD_PIN, PIN_TIMER), "no preemption timer");
	vmwrite(PREEMPTION_TIMER, 0);
	vm_expect("timer", X_TIMER);
	check_eq("no instruction ran", 0, vm.regs[RBX]);
}

L2_CODE(w_count, "mov $50000, %ecx; 1: dec %ecx; jnz 1b");
TEST(preemption_timer_saved)
{
	uint64_t left, rate;

	if (!vmx_begin())
		return;
	rate = rdmsr(MSR_VMX_MISC) & 31;
	vm_setup(w_count);
	NEED(vm_set(WORD_EXIT, EXIT_SAVE_TIMER), "timer is not saved");
	vm_set(WORD_PIN, PIN_TIMER);
	vmwrite(PREEMPTION_TIMER, 10000000 >> rate);
	vm_expect("L2", X_VMCALL);
	left = vmread(PREEMPTION_TIMER);
	check("it counted", left < 10000000ULL >> rate && left > 0);
	vm_clear(WORD_EXIT, EXIT_SAVE_TIMER);
	vmwrite(GUEST_RIP, rip_of(w_count));
	vm_expect("L2 again", X_VMCALL);
	check_eq("not saved without the control", left, vmread(PREEMPTION_TIMER));
}

/* ---- activity state ---- */

TEST(entry_into_hlt)
{
	if (!vmx_begin())
		return;
	NEED(rdmsr(MSR_VMX_MISC) & BIT(6), "no HLT activity state");
	vm_setup(w_nops);
	NEED(vm_set(WORD_PIN, PIN_TIMER), "no preemption timer");
	vmwrite(GUEST_ACTIVITY, 1);
	vmwrite(PREEMPTION_TIMER, 10000 >> (rdmsr(MSR_VMX_MISC) & 31));
	vm_expect("sleeps until the timer", X_TIMER);
	check_eq("no instruction ran", rip_of(w_nops), vmread(GUEST_RIP));
	check_eq("still halted", 1, vmread(GUEST_ACTIVITY));
	vmwrite(GUEST_ACTIVITY, 1);
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	vmwrite(PREEMPTION_TIMER, 10000000 >> (rdmsr(MSR_VMX_MISC) & 31));
	vmwrite(ENTRY_EVENT, EVENT(EVENT_EXTERNAL, 0x44));
	vm_expect("woken by the event", X_VMCALL);
	check_eq("handler ran", 1, l2_events);
	check_eq("active", 0, vmread(GUEST_ACTIVITY));
}

/* The shutdown state ends by L1's timer, or by the NMI that comes with the entry. */
TEST(entry_into_shutdown)
{
	if (!vmx_begin())
		return;
	NEED(rdmsr(MSR_VMX_MISC) & BIT(7), "no shutdown activity state");
	vm_setup(w_nops);
	NEED(vm_set(WORD_PIN, PIN_TIMER), "no preemption timer");
	for (unsigned int i = 0; i < 2; i++) {
		vmwrite(GUEST_ACTIVITY, 2);
		vmwrite(PREEMPTION_TIMER, 10000 >> (rdmsr(MSR_VMX_MISC) & 31));
		vm_expect("sleeps until the timer", X_TIMER);
		check_eq("no instruction ran", rip_of(w_nops), vmread(GUEST_RIP));
		check_eq("still in shutdown", 2, vmread(GUEST_ACTIVITY));
	}
	vmwrite(PREEMPTION_TIMER, 10000000 >> (rdmsr(MSR_VMX_MISC) & 31));
	vmwrite(ENTRY_EVENT, EVENT(EVENT_NMI, NMI));
	vm_expect("woken by the event", X_VMCALL);
	check_eq("handler ran", 1, l2_events);
	check_eq("active", 0, vmread(GUEST_ACTIVITY));
}
