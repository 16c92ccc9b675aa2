// SPDX-License-Identifier: Apache-2.0
// Interrupts and NMIs that arrive while L2 runs. Linked last: only a reset leaves x2APIC mode.
#include "apic.h"
#include "vmx.h"

L2_CODE(a_spin, "1: inc %rbx; jmp 1b");
L2_CODE(a_icr, "mov $0x830, %ecx; wrmsr; nop; nop; nop; nop");
L2_CODE(a_eoi, "nop; nop; mov $0x80b, %ecx; wrmsr");
L2_CODE(a_tpr, "mov $0x808, %ecx; wrmsr");

static void start_timer(uint32_t count)
{
	apic_enable();
	irq_count[0x63] = 0;
	apic_write(APIC_TIMER_DIVIDE, 0xb);
	apic_write(APIC_LVT_TIMER, 0x63);
	apic_write(APIC_TIMER_INITIAL, count);
}

/* L1's own timer takes the processor from an L2 that spins. */
TEST(timer_interrupt_exit)
{
	if (!vmx_begin())
		return;
	vm_setup(a_spin);
	NEED(vm_set(WORD_PIN, PIN_EXTERNAL), "no external-interrupt exiting");
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	start_timer(200000);
	vm_expect("timer", X_EXTERNAL);
	check("L2 ran", vm.regs[RBX] > 100);
	check_eq("not yet taken", 0, irq_count[0x63]);
	sti();
	cli();
	check_eq("taken by L1", 1, irq_count[0x63]);
}

/* Without exiting it goes through L2's table; L2's handler leaves the spin. */
TEST(timer_interrupt_in_l2)
{
	if (!vmx_begin())
		return;
	vm_setup(a_spin);
	NEED(!(control_allowed(WORD_PIN).must & PIN_EXTERNAL), "exiting is fixed");
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	NEED(vm_set(WORD_PIN, PIN_TIMER), "no preemption timer");
	/* The rate of the local APIC's timer is not known: anything up to 1000 ticks a count. */
	vmwrite(PREEMPTION_TIMER, 5000000 >> (rdmsr(MSR_VMX_MISC) & 31));
	start_timer(5000);
	vm_expect("L2 spins on", X_TIMER);
	check_eq("one event", 1, l2_events);
	check_eq("vector", 0x63, l2_log[0].vector);
	check_eq("L1 saw none", 0, irq_count[0x63]);
	apic_eoi();
}

/* L2 with the right to the interrupt command register sends itself an NMI. */
static void prepare_nmi(void)
{
	vm_setup(a_icr);
	vm.regs[RAX] = APIC_NMI_BIT;
	vm.regs[RDX] = apic_read(APIC_ID);
}

TEST(nmi_exit)
{
	if (!vmx_begin())
		return;
	NEED(apic_enable_x2(), "no x2APIC");
	prepare_nmi();
	NEED(vm_set(WORD_PIN, PIN_NMI), "no NMI exiting");
	irq_count[NMI] = 0;
	vm_expect("NMI", X_EXCEPTION);
	check_eq("information", EVENT(EVENT_NMI, NMI), vmread(EXIT_EVENT) & ~BIT(12));
	check_eq("not taken by L2", 0, l2_events);
	/* The exit blocks NMIs in L1 until an IRET: SDM vol. 3, 28.5.5. */
	apic_self_nmi();
	for (int i = 0; i < 100; i++)
		asm volatile("pause");
	check_eq("blocked in L1", 0, irq_count[NMI]);
	irq_keep = true;
	asm volatile("int $0x50" ::: "memory");
	irq_keep = false;
	for (int i = 0; i < 100; i++)
		asm volatile("pause");
	check_eq("taken after IRET", 1, irq_count[NMI]);
}

TEST(nmi_in_l2)
{
	if (!vmx_begin())
		return;
	NEED(apic_enable_x2(), "no x2APIC");
	NEED(!(control_allowed(WORD_PIN).must & PIN_NMI), "exiting is fixed");
	prepare_nmi();
	vm_expect("L2", X_VMCALL);
	check_eq("one event", 1, l2_events);
	check_eq("vector", NMI, l2_log[0].vector);
}

/* What L2 takes by itself it ends by itself: of the APIC it has the EOI register alone. */
TEST(eoi_from_l2)
{
	if (!vmx_begin())
		return;
	NEED(apic_enable_x2(), "no x2APIC");
	vm_setup(a_eoi);
	NEED(!(control_allowed(WORD_PIN).must & PIN_EXTERNAL), "exiting is fixed");
	NEED(vm_set(WORD_PROC, PROC_MSR_BITMAP), "no MSR bitmaps");
	for (unsigned int i = 0; i < 4096; i++)
		vm.msr_bitmap[i] = 0xff;
	vm.msr_bitmap[2048 + 0x80b / 8] &= (uint8_t)~BIT(0x80b % 8);
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	apic_self_ipi(0x64);
	vm.regs[RAX] = vm.regs[RDX] = 0;
	vm_expect("its EOI", X_VMCALL);
	check_eq("vector", 0x64, l2_log[0].vector);
	check("ended", !apic_bit(APIC_ISR, 0x64));
	/* One more is nobody's. */
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)a_eoi));
	vm_expect("another", X_VMCALL);
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)a_tpr));
	vm_expect("any other register", X_WRMSR);
}

/* A self-IPI of L2's with external-interrupt exiting goes to L1. */
TEST(ipi_from_l2)
{
	if (!vmx_begin())
		return;
	NEED(apic_enable_x2(), "no x2APIC");
	vm_setup(a_icr);
	NEED(vm_set(WORD_PIN, PIN_EXTERNAL), "no external-interrupt exiting");
	vm_set(WORD_EXIT, EXIT_ACK);
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	vm.regs[RAX] = APIC_SELF | 0x65;
	vm.regs[RDX] = 0;
	vm_expect("interrupt", X_EXTERNAL);
	if (vmread(EXIT_CONTROLS) & EXIT_ACK) {
		check_eq("vector", EVENT(EVENT_EXTERNAL, 0x65), vmread(EXIT_EVENT));
		apic_eoi();
	}
}
