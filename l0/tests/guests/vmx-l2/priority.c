// SPDX-License-Identifier: Apache-2.0
// Several events at one boundary, and what else an event changes: SDM vol. 3, 6.9, 26.2, 26.5.1,
// 27.7.3 to 27.7.7, 18.3.1.1.
#include "apic.h"
#include "vmx.h"

#define VECTOR 0x67

/* L2 sends itself what RBX says, by a store that a hypervisor below may have to emulate. */
L2_CODE(p_send, "mov %ebx, (%rdi); nop; nop; nop; nop");
L2_CODE(p_nops, "nop; nop; nop; nop");

static uint64_t rip_of(void (*code)(void))
{
	return address_of((const void *)(uintptr_t)code);
}

static uint64_t handler_of(uint64_t vector)
{
	return (idt_l2[2 * vector] & 0xffff) | ((idt_l2[2 * vector] >> 32) & 0xffff0000);
}

static bool prepare(void (*code)(void))
{
	apic_enable();
	vm_setup(code);
	vm.regs[RDI] = 0xfee00300;
	vm.regs[RBX] = APIC_SELF | VECTOR;
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	if (rdmsr(MSR_APIC_BASE) & APIC_BASE_X2) {
		skip("the local APIC is no longer in memory");
		return false;
	}
	apic_write(APIC_ICR_HIGH, apic_read(APIC_ID));
	return true;
}

/* ---- the trap of a single step comes before interrupts and NMIs ---- */

static bool step_then_event(uint64_t command, uint64_t vector)
{
	if (!prepare(p_send))
		return false;
	vm.regs[RBX] = command;
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF | RFLAGS_TF);
	vm_expect("L2", X_VMCALL);
	check_eq("events", 2, l2_events);
	check_eq("first", DB, l2_log[0].vector);
	check_eq("after one instruction", rip_of(p_send) + 2, l2_log[0].rip);
	check_eq("DR6.BS", BIT(14), l2_log[0].dr6 & (BIT(14) | 15));
	check_eq("then", vector, l2_log[1].vector);
	return true;
}

TEST(trap_before_interrupt_of_l2)
{
	if (!vmx_begin())
		return;
	NEED(!(control_allowed(WORD_PIN).must & PIN_EXTERNAL), "exiting is fixed");
	if (!step_then_event(APIC_SELF | VECTOR, VECTOR))
		return;
	check_eq("the trap returns first", rip_of(p_send) + 2, l2_log[1].rip);
	apic_eoi();
}

/* An NMI is not kept waiting by the trap's handler: it comes before the handler's first. */
TEST(trap_before_nmi_of_l2)
{
	if (!vmx_begin())
		return;
	NEED(!(control_allowed(WORD_PIN).must & PIN_NMI), "exiting is fixed");
	if (!prepare(p_send))
		return;
	vm.regs[RBX] = APIC_NMI_BIT;
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_TF);
	vm_expect("L2", X_VMCALL);
	check_eq("events", 2, l2_events);
	/* Logged by the handler that ends first. */
	check_eq("the NMI meets the trap's handler", NMI, l2_log[0].vector);
	check_eq("at its first instruction", handler_of(DB), l2_log[0].rip);
	check_eq("the trap", DB, l2_log[1].vector);
	check_eq("after one instruction", rip_of(p_send) + 2, l2_log[1].rip);
}

TEST(trap_before_interrupt_exit)
{
	if (!vmx_begin() || !prepare(p_send))
		return;
	NEED(vm_set(WORD_PIN, PIN_EXTERNAL), "no external-interrupt exiting");
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF | RFLAGS_TF);
	vm_expect("interrupt", X_EXTERNAL);
	check_eq("the trap's handler comes first", handler_of(DB), vmread(GUEST_RIP));
	check_eq("nothing is pending any more", 0, vmread(GUEST_PENDING_DEBUG));
	sti();
	cli();
	vm_expect("L2 goes on", X_VMCALL);
	check_eq("the trap", DB, l2_log[0].vector);
}

/* ---- windows ---- */

/* L1 with NMIs blocked, and one pending. */
static bool with_pending_nmi(void)
{
	if (!prepare(p_nops))
		return false;
	vmwrite(GUEST_INTERRUPTIBILITY, 8);
	if (!vm_expect("blocks NMIs", X_VMCALL))
		return false;
	vmwrite(GUEST_INTERRUPTIBILITY, 0);
	vmwrite(GUEST_RIP, rip_of(p_nops));
	irq_count[NMI] = 0;
	apic_self_nmi();
	return true;
}

TEST(nmi_window_before_nmi)
{
	if (!vmx_begin())
		return;
	NEED(!(control_allowed(WORD_PIN).must & PIN_NMI), "exiting is fixed");
	NEED(control_allowed(WORD_PIN).may & PIN_VIRTUAL_NMI, "no virtual NMIs");
	if (!with_pending_nmi())
		return;
	vm_set(WORD_PIN, PIN_NMI | PIN_VIRTUAL_NMI);
	vm_set(WORD_PROC, PROC_NMI_WINDOW);
	vm_expect("window", X_NMI_WINDOW);
	asm volatile("nop; nop; nop; nop");
	check_eq("the NMI is L1's, whom this exit does not block", 1, irq_count[NMI]);
}

TEST(nmi_before_interrupt_window)
{
	if (!vmx_begin())
		return;
	NEED(!(control_allowed(WORD_PIN).must & PIN_NMI), "exiting is fixed");
	NEED(control_allowed(WORD_PIN).may & PIN_VIRTUAL_NMI, "no virtual NMIs");
	if (!with_pending_nmi())
		return;
	vm_set(WORD_PIN, PIN_NMI | PIN_VIRTUAL_NMI);
	vm_set(WORD_PROC, PROC_INTERRUPT_WINDOW);
	vm_expect("NMI", X_EXCEPTION);
	check_eq("information", EVENT(EVENT_NMI, NMI), vmread(EXIT_EVENT) & ~BIT(12));
	vm_expect("window", X_INTERRUPT_WINDOW);
}

TEST(interrupt_window_before_interrupt)
{
	if (!vmx_begin() || !prepare(p_nops))
		return;
	NEED(vm_set(WORD_PIN, PIN_EXTERNAL), "no external-interrupt exiting");
	vm_set(WORD_PROC, PROC_INTERRUPT_WINDOW);
	apic_self_ipi(VECTOR);
	vm_expect("window", X_INTERRUPT_WINDOW);
	vm_clear(WORD_PROC, PROC_INTERRUPT_WINDOW);
	vm_expect("interrupt", X_EXTERNAL);
	sti();
	cli();
}

/* The timer at 0 comes before both. */
TEST(timer_before_windows)
{
	if (!vmx_begin() || !prepare(p_nops))
		return;
	NEED(vm_set(WORD_PIN, PIN_EXTERNAL | PIN_TIMER), "no preemption timer");
	vm_set(WORD_PROC, PROC_INTERRUPT_WINDOW);
	vmwrite(PREEMPTION_TIMER, 0);
	apic_self_ipi(VECTOR);
	vm_expect("timer", X_TIMER);
	vmwrite(PREEMPTION_TIMER, 1000000);
	vm_expect("window", X_INTERRUPT_WINDOW);
	sti();
	cli();
}

/* ---- what a fault changes, and what the exit for it does not ---- */

L2_CODE(p_wrmsr, "mov $0x1b, %ecx; mov $-1, %eax; mov $-1, %edx; wrmsr");
L2_CODE(p_outs, "mov $0x80, %edx; outsb");

/* A fault pushes RFLAGS with RF set, whoever finds it (18.3.1.1). */
TEST(faults_push_rf)
{
	static const struct {
		const char *name;
		void (*code)(void);
		uint64_t vector;
	} rows[] = {
		{"WRMSR", p_wrmsr, GP},
		{"OUTS", p_outs, PF},
	};

	if (!vmx_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		page_reset();
		vm_setup(rows[i].code);
		l2_continue = rip_of(p_nops);
		vm.regs[RSI] = BIT(45) + 0x123;
		vm_expect(rows[i].name, X_VMCALL);
		/* Once more, now that its delivery meets no exit on its way. */
		vmwrite(GUEST_RIP, rip_of(rows[i].code));
		vm_expect(rows[i].name, X_VMCALL);
		for (unsigned int n = 0; n < 2; n++) {
			check_eq(rows[i].name, rows[i].vector, l2_log[n].vector);
			check_eq(rows[i].name, RFLAGS_RF, l2_log[n].rflags & RFLAGS_RF);
		}
	}
	check_eq("L1", GP, (uint64_t)CATCH(wrmsr(MSR_APIC_BASE, ~0ULL)));
	check_eq("L1's RF", RFLAGS_RF, last_fault.rflags & RFLAGS_RF);
	check_eq("VMX", GP, (uint64_t)CATCH(asm volatile("vmptrld (%0)" ::"r"(BIT(60)) : "cc")));
	check_eq("L1's RF again", RFLAGS_RF, last_fault.rflags & RFLAGS_RF);
}

/* CR2 is written at delivery: an exit for #PF tells the address and leaves CR2 alone (28.1). */
TEST(page_fault_exit_keeps_cr2)
{
	if (!vmx_begin())
		return;
	vm_setup(p_outs);
	vmwrite(EXCEPTION_BITMAP, BIT(PF));
	vm.regs[RSI] = BIT(45) + 0x123;
	write_cr2(0x777000);
	vm_expect("#PF", X_EXCEPTION);
	check_eq("information", EVENT(EVENT_EXCEPTION, PF) | EVENT_ERROR,
		 vmread(EXIT_EVENT) & ~BIT(12));
	check_eq("address", BIT(45) + 0x123, vmread(EXIT_QUALIFICATION));
	check_eq("CR2", 0x777000, read_cr2());
}

/* A table where nothing is has no gate: the exit for the #GP tells what was being delivered. */
TEST(fault_in_delivery)
{
	if (!vmx_begin())
		return;
	vm_setup(p_nops);
	vmwrite(GUEST_IDTR_BASE, 0xd0000000);
	vmwrite(EXCEPTION_BITMAP, BIT(GP));
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	vmwrite(ENTRY_EVENT, EVENT(EVENT_EXTERNAL, 0x55));
	vm_expect("#GP", X_EXCEPTION);
	check_eq("information", EVENT(EVENT_EXCEPTION, GP) | EVENT_ERROR,
		 vmread(EXIT_EVENT) & ~BIT(12));
	check_eq("error code", 0x55 << 3 | 3, vmread(EXIT_ERROR_CODE));
	check_eq("in flight", EVENT(EVENT_EXTERNAL, 0x55), vmread(IDT_VECTORING));
}

/* INT1 right after MOV SS in a single step: the processor's own rule about TF (27.3.1.5) is kept.
 */
L2_CODE(p_int1, "mov %ss, %eax; mov %eax, %ss; .byte 0xf1; nop; nop");

TEST(int1_after_mov_ss_in_a_step)
{
	if (!vmx_begin())
		return;
	vm_setup(p_int1);
	vmwrite(GUEST_RIP, rip_of(p_int1) + 2);
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_TF);
	vm_expect("L2", X_VMCALL);
	check_eq("vector", DB, l2_log[0].vector);
	check_eq("behind INT1", rip_of(p_int1) + 5, l2_log[0].rip);
}
