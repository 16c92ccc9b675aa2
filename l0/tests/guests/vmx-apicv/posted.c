// SPDX-License-Identifier: Apache-2.0
// Posted-interrupt processing: SDM vol. 3, 30.6.
#include "apicv.h"
#include "peers.h"

L2_CODE(p_nops, "nop; nop");
L2_CODE(p_waits, "1: pause; cmpl $0, (%rdi); je 1b");
L2_CODE(p_halts, "sti; hlt; cli");

static void check_processed(void)
{
	check_eq("descriptor's requests", 0, posting->pir[0x52 / 32]);
	check_eq("descriptor's control", 0, posting->control & POSTING_ON);
	check("in service", apicv_bit(APIC_ISR, 0x52));
	check_eq("status", 0x5200, vmread(GUEST_INTERRUPT_STATUS));
}

/* A notification that waits in L1's own LAPIC is taken by L2's entry, without an exit or an EOI. */
TEST(pending_at_the_entry)
{
	if (!apicv_begin_posted(p_nops))
		return;
	posting_set(0x52);
	apic_self_ipi(NOTIFICATION);
	vm_expect("no exit", X_VMCALL);
	check_eq("events of L2", 1, l2_events);
	check_eq("vector", 0x52, l2_log[0].vector);
	check_processed();
	check("not pending in L1", !apic_bit(APIC_IRR, NOTIFICATION));
	check("not in service in L1", !apic_bit(APIC_ISR, NOTIFICATION));
}

/* While L1 runs it is an interrupt as any other, and the descriptor stays as it is. */
TEST(notified_while_l1_runs)
{
	if (!apicv_begin_posted(p_nops))
		return;
	vm_expect("L2 once", X_VMCALL);
	posting_set(0x52);
	irq_count[NOTIFICATION] = 0;
	apic_self_ipi(NOTIFICATION);
	sti();
	cli();
	check_eq("taken by L1", 1, irq_count[NOTIFICATION]);
	check_eq("descriptor's control", POSTING_ON, posting->control);
	check_eq("descriptor's requests", 1U << 0x52 % 32, posting->pir[0x52 / 32]);
}

/* Another vector exits, acknowledged, with or without a notification beside it. */
TEST(other_vectors_exit)
{
	if (!apicv_begin_posted(p_nops))
		return;
	apic_self_ipi(0x70);
	vm_expect("another vector", X_EXTERNAL);
	check_eq("which", EVENT(EVENT_EXTERNAL, 0x70), vmread(EXIT_EVENT));
	apic_eoi();
	posting_set(0x52);
	apic_self_ipi(NOTIFICATION);
	apic_self_ipi(0x55);
	/* The notification is the higher one; the other exits behind it. */
	vm_expect("the lower one", X_EXTERNAL);
	check_eq("which", EVENT(EVENT_EXTERNAL, 0x55), vmread(EXIT_EVENT));
	apic_eoi();
	check_eq("descriptor's control", 0, posting->control & POSTING_ON);
	vm_expect("no more", X_VMCALL);
	check_eq("vector", 0x52, l2_log[0].vector);
}

/* What stands in VIRR without being RVI is no reason to raise it: 30.6, step 6. */
TEST(requests_beside_the_posted)
{
	if (!apicv_begin_posted(p_nops))
		return;
	apic_page[APIC_IRR / 4 + 0x61 / 32 * 4] |= 1U << 0x61 % 32;
	posting_set(0x52);
	apic_self_ipi(NOTIFICATION);
	vm_expect("no exit", X_VMCALL);
	check_eq("the posted one first", 0x52, l2_log[0].vector);
	/* Its delivery makes the other one RVI, which waits until something evaluates it: an exit
	 * of L0's. */
	if (!under_l0())
		check_eq("status", 0x5261, vmread(GUEST_INTERRUPT_STATUS));
}

/* ---- a halted L2 ---- */

#define ENOUGH 20000

/* Enters the HLT state at `rip` until the timer at the latest; true if it leaves for `reason`. */
static bool run_halted(const char *what, uint64_t rip, uint32_t reason)
{
	vmwrite(GUEST_RIP, rip);
	vmwrite(GUEST_ACTIVITY, 1);
	vmwrite(PREEMPTION_TIMER, ENOUGH >> (rdmsr(MSR_VMX_MISC) & 31));
	return vm_expect(what, reason);
}

/* It sleeps until the timer. */
static void stays_halted(const char *what)
{
	uint64_t rip = address_of((const void *)(uintptr_t)p_nops);

	if (!run_halted(what, rip, X_TIMER))
		return;
	check_eq("no instruction ran", rip, vmread(GUEST_RIP));
	check_eq("still halted", 1, vmread(GUEST_ACTIVITY));
	check_eq("events of L2", 0, l2_events);
	check("notification",
	      !apic_bit(APIC_IRR, NOTIFICATION) && !apic_bit(APIC_ISR, NOTIFICATION));
}

/* 30.6: it is back in the HLT state unless what was posted can be delivered. */
TEST(notification_leaves_hlt)
{
	if (!apicv_begin_posted(p_nops))
		return;
	NEED(rdmsr(MSR_VMX_MISC) & BIT(6), "no HLT activity state");
	NEED(vm_set(WORD_PIN, PIN_TIMER), "no preemption timer");
	apic_self_ipi(NOTIFICATION);
	stays_halted("nothing is posted");
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE);
	posting_set(0x52);
	apic_self_ipi(NOTIFICATION);
	stays_halted("interrupts are off");
	check_eq("descriptor's requests", 0, posting->pir[0x52 / 32]);
	check_eq("status", 0x0052, vmread(GUEST_INTERRUPT_STATUS));
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	run_halted("interrupts are on", address_of((const void *)(uintptr_t)p_nops), X_VMCALL);
	check_eq("vector", 0x52, l2_log[0].vector);
}

/* An exit saves the state in which the interrupt found L2. */
TEST(other_vectors_exit_from_hlt)
{
	if (!apicv_begin_posted(p_nops))
		return;
	NEED(rdmsr(MSR_VMX_MISC) & BIT(6), "no HLT activity state");
	NEED(vm_set(WORD_PIN, PIN_TIMER), "no preemption timer");
	apic_self_ipi(0x70);
	run_halted("another vector", address_of((const void *)(uintptr_t)p_nops), X_EXTERNAL);
	check_eq("which", EVENT(EVENT_EXTERNAL, 0x70), vmread(EXIT_EVENT));
	check_eq("halted", 1, vmread(GUEST_ACTIVITY));
	apic_eoi();
}

/* A descriptor or a page where L1 has no memory harms nobody. */
TEST(posting_nowhere)
{
	if (!apicv_begin_posted(p_nops))
		return;
	NEED(under_l0(), "what the engine has there is its own");
	vmwrite(POSTED_DESCRIPTOR, 0xf0000000);
	apic_self_ipi(NOTIFICATION);
	vm_expect("nothing is posted", X_VMCALL);
	check_eq("events of L2", 0, l2_events);
}

/* ---- by another processor ---- */

static void post(void)
{
	posting_set(0x52);
	ipi(1, ICR_ASSERT | NOTIFICATION);
}

static void check_posted(void)
{
	check_eq("exit reason", X_VMCALL, peers[1].reason);
	check_eq("events of L2", 1, l2_events);
	check_eq("vector", 0x52, l2_log[0].vector);
	check_eq("descriptor's requests", 0, posting->pir[0x52 / 32]);
	check_eq("descriptor's control", 0, posting->control & POSTING_ON);
	check("in service", apicv_bit(APIC_ISR, 0x52));
}

TEST(posted_by_another)
{
	if (!peers_begin())
		return;
	NEED(apicv_posts(), "no posted interrupts");
	apicv_beside(p_waits, post);
	check_posted();
}

TEST(posted_into_hlt)
{
	if (!peers_begin())
		return;
	NEED(apicv_posts(), "no posted interrupts");
	apicv_beside(p_halts, post);
	check_posted();
	check_eq("right behind HLT", address_of((const void *)(uintptr_t)p_halts) + 2,
		 l2_log[0].rip);
}
