// SPDX-License-Identifier: Apache-2.0
// Blocking of NMIs belongs to the processor, whichever level runs: SDM vol. 3, 26.3, 28.5.5 and the
// table of pin-based controls in 25.6.1.
#include "apic.h"
#include "vmx.h"

#define BLOCKED 8

L2_CODE(n_nops, "nop; nop");
L2_CODE(n_iret, "int $0x66; nop; nop");
L2_CODE(n_send, "mov $0xfee00300, %eax; movl $0x400, (%rax); nop; int $0x66; nop; nop");

static void wait(void)
{
	for (int i = 0; i < 100; i++)
		asm volatile("pause");
}

/* The IRET of a handler of L1's own ends the blocking. */
static void unblock(void)
{
	irq_keep = true;
	asm volatile("int $0x50" ::: "memory");
	irq_keep = false;
	wait();
}

/* An NMI of L1's own comes at once, or after its next IRET. */
static void expect_blocked(const char *what, bool blocked)
{
	irq_count[NMI] = 0;
	apic_self_nmi();
	wait();
	check_eq(what, !blocked, irq_count[NMI]);
	unblock();
	check_eq(what, 1, irq_count[NMI]);
}

/* L2 whose NMIs do not exit, or exit by these controls. */
static bool prepare(void (*code)(void), uint32_t pin, uint64_t blocking)
{
	apic_enable();
	vm_setup(code);
	if (!vm_set(WORD_PIN, pin) || (control_allowed(WORD_PIN).must & PIN_NMI & ~pin) ||
	    (rdmsr(MSR_APIC_BASE) & APIC_BASE_X2)) {
		skip("NMI exiting is fixed, or the local APIC is no longer in memory");
		return false;
	}
	apic_write(APIC_ICR_HIGH, apic_read(APIC_ID));
	vmwrite(GUEST_INTERRUPTIBILITY, blocking);
	return true;
}

TEST(nmi_blocking_survives_exit)
{
	if (!vmx_begin() || !prepare(n_nops, 0, BLOCKED))
		return;
	vm_expect("L2", X_VMCALL);
	check_eq("saved", BLOCKED, vmread(GUEST_INTERRUPTIBILITY));
	expect_blocked("L1 after an L2 that had them blocked", true);
	expect_blocked("L1 after its IRET", false);
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)n_iret));
	vm_expect("L2 with IRET", X_VMCALL);
	check_eq("saved after IRET", 0, vmread(GUEST_INTERRUPTIBILITY));
	expect_blocked("L1 after an IRET of L2", false);
}

/* L2 sends it to itself while it has NMIs blocked; IRET is what lets it in. */
TEST(nmi_waits_for_iret_of_l2)
{
	if (!vmx_begin() || !prepare(n_send, 0, BLOCKED))
		return;
	vm_expect("L2", X_VMCALL);
	check_eq("events", 2, l2_events);
	check_eq("first", 0x66, l2_log[0].vector);
	check_eq("then", NMI, l2_log[1].vector);
	expect_blocked("L1 afterwards", false);
}

/* With NMI exiting a blocked NMI does not exit, and IRET of L2 changes nothing about that. */
TEST(nmi_exiting_while_blocked)
{
	if (!vmx_begin() || !prepare(n_send, PIN_NMI, BLOCKED))
		return;
	irq_count[NMI] = 0;
	vm_expect("no exit by the NMI", X_VMCALL);
	check_eq("only the INT", 1, l2_events);
	check_eq("still blocked in L2", BLOCKED, vmread(GUEST_INTERRUPTIBILITY));
	wait();
	check_eq("and in L1", 0, irq_count[NMI]);
	unblock();
	check_eq("taken after L1's IRET", 1, irq_count[NMI]);
	vmwrite(GUEST_INTERRUPTIBILITY, 0);
	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)n_send));
	vm_expect("not blocked", X_EXCEPTION);
	check_eq("information", EVENT(EVENT_NMI, NMI), vmread(EXIT_EVENT) & ~BIT(12));
	check_eq("not blocked in L2 by its exit", 0, vmread(GUEST_INTERRUPTIBILITY));
	unblock();
}

/* An NMI that L1 injects blocks as one that was delivered (27.6.1). */
TEST(nmi_injected_blocks)
{
	if (!vmx_begin() || !prepare(n_nops, PIN_NMI, 0))
		return;
	vmwrite(ENTRY_EVENT, EVENT(EVENT_NMI, NMI));
	vm_expect("L2", X_VMCALL);
	check_eq("its handler ran", 1, l2_events);
	check_eq("blocked in spite of IRET", BLOCKED, vmread(GUEST_INTERRUPTIBILITY));
	expect_blocked("L1", true);
}

/* With virtual NMIs the bit is L2's alone: the processor's NMIs are never blocked. */
TEST(nmi_blocking_virtual)
{
	if (!vmx_begin() || !prepare(n_nops, 0, BLOCKED))
		return;
	NEED(vm_set(WORD_PIN, PIN_NMI | PIN_VIRTUAL_NMI), "no virtual NMIs");
	vm_expect("L2", X_VMCALL);
	check_eq("saved", BLOCKED, vmread(GUEST_INTERRUPTIBILITY));
	expect_blocked("L1", false);
}

/* An entry that fails leaves L1's blocking as it was. */
TEST(nmi_blocking_over_failed_entry)
{
	if (!vmx_begin() || !prepare(n_nops, 0, BLOCKED))
		return;
	vm_expect("L2", X_VMCALL);
	vmwrite(GUEST_RFLAGS, 0);
	vm_expect("failed entry", X_GUEST_STATE | ENTRY_FAILED);
	expect_blocked("L1", true);
}
