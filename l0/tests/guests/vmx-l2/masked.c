// SPDX-License-Identifier: Apache-2.0
// A hypervisor that lets interrupts through to its guest and masks gates of the guest's table: what
// the processor says of a masked one is all that eli/ has to go by. SDM vol. 3, 6.13, 28.2.4.
#include "apic.h"
#include "vmx.h"

#define VECTOR 0x6a
#define GATE_P BIT(47)

L2_CODE(g_nops, "nop; nop; nop; nop");
L2_CODE(g_int, "int $0x6a; nop; nop");

static uint64_t rip_of(void (*code)(void))
{
	return address_of((const void *)(uintptr_t)code);
}

static void mask(bool masked)
{
	if (masked)
		idt_l2[2 * VECTOR] &= ~GATE_P;
	else
		idt_l2[2 * VECTOR] |= GATE_P;
}

/* False, and skipped, where interrupts of L2 must exit. */
static bool prepare(void (*code)(void))
{
	apic_enable();
	vm_setup(code);
	if (control_allowed(WORD_PIN).must & PIN_EXTERNAL) {
		skip("exiting is fixed");
		return false;
	}
	vmwrite(EXCEPTION_BITMAP, BIT(NP) | BIT(GP));
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	write_cr2(0x777000);
	return true;
}

static void expect_fault(const char *what, uint64_t fault, uint64_t error, uint64_t vectoring)
{
	vm_expect(what, X_EXCEPTION);
	check_eq(what, EVENT(EVENT_EXCEPTION, fault) | EVENT_ERROR, vmread(EXIT_EVENT) & ~BIT(12));
	check_eq("error code", error, vmread(EXIT_ERROR_CODE));
	check_eq("in flight", vectoring, vmread(IDT_VECTORING) & ~BIT(12));
	check_eq("blocking", 0, vmread(GUEST_INTERRUPTIBILITY));
	check_eq("activity", 0, vmread(GUEST_ACTIVITY));
	check_eq("CR2", 0x777000, read_cr2());
	/* As the fault would have pushed it (28.3.3): what it was before, nobody knows. */
	check_eq("RF", RFLAGS_RF, vmread(GUEST_RFLAGS) & RFLAGS_RF);
	check_eq("L2 saw nothing", 0, l2_events);
}

/* The event once more, with the gate as the guest has it: the right frame. */
static void deliver(const char *what, uint64_t event, uint64_t rip)
{
	vmwrite(GUEST_RFLAGS, vmread(GUEST_RFLAGS) & ~RFLAGS_RF);
	vmwrite(ENTRY_EVENT, event);
	vmwrite(ENTRY_LENGTH, vmread(EXIT_LENGTH));
	vm_expect(what, X_VMCALL);
	check_eq("one event", 1, l2_events);
	check_eq("vector", VECTOR, l2_log[0].vector);
	check_eq("interrupted at", rip, l2_log[0].rip);
	check_eq("its RF", 0, l2_log[0].rflags & RFLAGS_RF);
}

TEST(masked_interrupt)
{
	if (!vmx_begin() || !prepare(g_nops))
		return;
	mask(true);
	apic_self_ipi(VECTOR);
	expect_fault("#NP", NP, VECTOR << 3 | 3, EVENT(EVENT_EXTERNAL, VECTOR));
	mask(false);
	check_eq("at its first instruction", rip_of(g_nops), vmread(GUEST_RIP));
	check("in service", apic_bit(APIC_ISR, VECTOR));
	check("no longer requested", !apic_bit(APIC_IRR, VECTOR));
	apic_eoi();
	deliver("posted", EVENT(EVENT_EXTERNAL, VECTOR), rip_of(g_nops));
}

/* An empty gate is none of its type first, and not present second. */
TEST(masked_interrupt_without_gate)
{
	uint64_t gate = idt_l2[2 * VECTOR];

	if (!vmx_begin() || !prepare(g_nops))
		return;
	idt_l2[2 * VECTOR] = 0;
	apic_self_ipi(VECTOR);
	expect_fault("#GP", GP, VECTOR << 3 | 3, EVENT(EVENT_EXTERNAL, VECTOR));
	idt_l2[2 * VECTOR] = gate;
	apic_eoi();
}

TEST(interrupt_beyond_the_limit)
{
	if (!vmx_begin() || !prepare(g_nops))
		return;
	vmwrite(GUEST_IDTR_LIMIT, 16 * VECTOR - 1);
	apic_self_ipi(VECTOR);
	expect_fault("#GP", GP, VECTOR << 3 | 3, EVENT(EVENT_EXTERNAL, VECTOR));
	apic_eoi();
	vmwrite(GUEST_IDTR_LIMIT, 16 * VECTOR + 15);
	deliver("posted", EVENT(EVENT_EXTERNAL, VECTOR), rip_of(g_nops));
}

TEST(masked_int)
{
	if (!vmx_begin() || !prepare(g_int))
		return;
	mask(true);
	expect_fault("#NP", NP, VECTOR << 3 | 2, EVENT(EVENT_SOFT_INT, VECTOR));
	mask(false);
	check_eq("at the instruction", rip_of(g_int), vmread(GUEST_RIP));
	check_eq("length", 2, vmread(EXIT_LENGTH));
	check("none of the APIC's", !apic_bit(APIC_ISR, VECTOR));
	deliver("INT n", EVENT(EVENT_SOFT_INT, VECTOR), rip_of(g_int) + 2);
}

TEST(int_beyond_the_limit)
{
	if (!vmx_begin() || !prepare(g_int))
		return;
	vmwrite(GUEST_IDTR_LIMIT, 16 * VECTOR + 14);
	expect_fault("#GP", GP, VECTOR << 3 | 2, EVENT(EVENT_SOFT_INT, VECTOR));
	vmwrite(GUEST_IDTR_LIMIT, 16 * VECTOR + 15);
	deliver("INT n", EVENT(EVENT_SOFT_INT, VECTOR), rip_of(g_int) + 2);
}

/* The interrupt has ended the halt before its gate is looked at: 28.1. */
TEST(masked_interrupt_in_hlt)
{
	if (!vmx_begin() || !prepare(g_nops))
		return;
	NEED(rdmsr(MSR_VMX_MISC) & BIT(6), "no HLT activity state");
	vmwrite(GUEST_ACTIVITY, 1);
	mask(true);
	apic_self_ipi(VECTOR);
	expect_fault("#NP", NP, VECTOR << 3 | 3, EVENT(EVENT_EXTERNAL, VECTOR));
	mask(false);
	apic_eoi();
}

/* Until its gate is open none of these reaches it, and the APIC's order holds. */
TEST(masked_interrupts_in_order)
{
	if (!vmx_begin() || !prepare(g_nops))
		return;
	mask(true);
	apic_self_ipi(VECTOR);
	apic_self_ipi(0x91);
	/* The higher one begins; its handler has interrupts off, and none of its own class waits.
	 */
	vm_expect("#NP behind the open one", X_VMCALL);
	mask(false);
	check_eq("the open one", 0x91, l2_log[0].vector);
	check("in service", apic_bit(APIC_ISR, 0x91));
	check("held back by it", apic_bit(APIC_IRR, VECTOR));
	apic_eoi();
	vmwrite(GUEST_RIP, rip_of(g_nops));
	vm_expect("the other, let in", X_VMCALL);
	check_eq("two events", 2, l2_events);
	check_eq("vector", VECTOR, l2_log[1].vector);
	apic_eoi();
}
