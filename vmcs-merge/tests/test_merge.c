// SPDX-License-Identifier: Apache-2.0
/* The merge: the control words, L1's registers, and the arithmetic of CR masks. */
#include "base.h"
#include "offer.h"
#include "suites.h"
#include "vmcs_access.h"

static struct base b;

START_TEST(pin)
{
	base_make(&b, BASE_LONG);
	b.c.v.pin_controls = 0;
	ck_assert_uint_eq(vmcs02_pin(&b.c.v, &b.l0), PIN_DEFAULT1 | b.l0.pin);
	b.c.v.pin_controls = PIN_VIRTUAL_NMI | 1u << 8;
	ck_assert_uint_eq(vmcs02_pin(&b.c.v, &b.l0), PIN_DEFAULT1 | b.l0.pin | PIN_VIRTUAL_NMI);
}
END_TEST

/* The local APIC of L2 is virtual as L1 says, whatever VMCS01 does with L1's own. */
START_TEST(virtual_apic_is_of_12)
{
	const uint32_t apic = PROC2_NEEDS_TPR_SHADOW | PROC2_APIC_ACCESSES;

	base_make(&b, BASE_LONG);
	b.l0.pin |= PIN_POSTED_INTERRUPTS;
	b.l0.proc2 |= apic;
	ck_assert(!(vmcs02_pin(&b.c.v, &b.l0) & PIN_POSTED_INTERRUPTS));
	ck_assert(!(vmcs02_proc2(&b.c.v, &b.l0) & apic));
	base_make(&b, BASE_APICV);
	ck_assert(vmcs02_pin(&b.c.v, &b.l0) & PIN_POSTED_INTERRUPTS);
	ck_assert_uint_eq(vmcs02_proc2(&b.c.v, &b.l0) & apic, PROC2_NEEDS_TPR_SHADOW);
	base_make(&b, BASE_APIC_PAGE);
	ck_assert_uint_eq(vmcs02_proc2(&b.c.v, &b.l0) & apic, apic & ~PROC2_X2APIC);
}
END_TEST

/* Which EOIs exit, and what is pending and in service, reach VMCS02 where it delivers alone. */
START_TEST(delivery)
{
	base_merged(&b, BASE_APICV);
	ck_assert_uint_eq(mock_field(VMCS_INTERRUPT_STATUS), b.c.v.interrupt_status);
	ck_assert_uint_eq(mock_field(VMCS_EOI_EXIT0), b.c.v.eoi_exit0);
	ck_assert_uint_eq(mock_field(VMCS_EOI_EXIT3), b.c.v.eoi_exit3);
	base_merge(&b, DIRTY_INTERRUPTS);
	ck_assert(mock->written[VMCS_INTERRUPT_STATUS] && mock->written[VMCS_TPR_THRESHOLD]);
	ck_assert_uint_eq(mock->writes, 2);
	b.c.v.proc_controls &= ~(uint64_t)PROC_SECONDARY;
	base_merge(&b, DIRTY_INTERRUPTS | DIRTY_APIC);
	ck_assert(!mock->written[VMCS_INTERRUPT_STATUS]);
	ck_assert(!mock->written[VMCS_EOI_EXIT0]);
}
END_TEST

/* IA-32e mode is L1's word, whatever VMCS01 is in. */
START_TEST(ia32e)
{
	base_make(&b, BASE_PAE);
	b.l0.entry |= ENTRY_IA32E;
	ck_assert(!(vmcs02_entry(&b.c.v, &b.l0) & ENTRY_IA32E));
	b.c.v.entry_controls |= ENTRY_IA32E;
	b.l0.entry &= ~ENTRY_IA32E;
	ck_assert(vmcs02_entry(&b.c.v, &b.l0) & ENTRY_IA32E);
}
END_TEST

START_TEST(proc)
{
	uint32_t word;

	base_make(&b, BASE_LONG);
	b.l0.proc = ~0u;
	b.c.v.proc_controls = 0;
	word = vmcs02_proc(&b.c.v, &b.l0);
	ck_assert_uint_eq(word & (PROC_INTERRUPT_WINDOW | PROC_NMI_WINDOW | PROC_TPR_SHADOW), 0);
	ck_assert_uint_eq(word & PROC_IO_BITMAPS, 0);
	b.l0.proc = 0;
	b.c.v.proc_controls = ~0u;
	word = vmcs02_proc(&b.c.v, &b.l0);
	ck_assert_uint_eq(word & ~vmx_allowed0(base_hw.proc),
			  (OFFER_PROC | PROC_IO) & ~(PROC_IO_BITMAPS | PROC_MSR_BITMAPS) &
				  ~vmx_allowed0(base_hw.proc));
	b.c.v.proc_controls = 0;
	word = vmcs02_proc(&b.c.v, &b.l0);
	ck_assert_uint_eq(word & ~vmx_allowed0(base_hw.proc),
			  PROC_IO | PROC_CR8_LOAD | PROC_CR8_STORE);
}
END_TEST

START_TEST(proc2)
{
	base_make(&b, BASE_LONG);
	b.c.v.proc2_controls = 0;
	ck_assert_uint_eq(vmcs02_proc2(&b.c.v, &b.l0), PROC2_EPT | PROC2_VPID | PROC2_WBINVD);
	b.c.v.proc2_controls = ~0u;
	ck_assert_uint_eq(vmcs02_proc2(&b.c.v, &b.l0), OFFER_PROC2);
	/* Not activated: as good as 0 (25.6.2). */
	b.c.v.proc_controls &= ~(uint64_t)PROC_SECONDARY;
	ck_assert_uint_eq(vmcs02_proc2(&b.c.v, &b.l0), PROC2_EPT | PROC2_VPID | PROC2_WBINVD);
	/* L0 needs no EPT of L1's: it is L0's bit. */
	b.l0.proc2 = 0;
	b.c.v.proc_controls |= PROC_SECONDARY;
	ck_assert(!(vmcs02_proc2(&b.c.v, &b.l0) & (PROC2_EPT | PROC2_VPID)));
}
END_TEST

/* The usual second entry of a VMM: it moved RIP. */
START_TEST(rip_writes_two)
{
	base_merged(&b, BASE_LONG);
	base_merge(&b, DIRTY_RIP);
	ck_assert_uint_eq(mock->writes, 2);
}
END_TEST

/* A register that VMCS12 does not load is L1's own, at each entry. */
START_TEST(registers_of_l1)
{
	base_merged(&b, BASE_LONG);
	b.c.v.entry_controls &= ~(uint64_t)(ENTRY_LOAD_EFER | ENTRY_LOAD_PAT | ENTRY_LOAD_DEBUG);
	b.l0.debugctl = DEBUGCTL_LBR;
	for (int round = 0; round < 2; round++) {
		base_merge(&b, round ? 0 : DIRTY_ENTRY);
		ck_assert_uint_eq(mock_field(VMCS_GUEST_EFER), b.l0.efer);
		ck_assert_uint_eq(mock_field(VMCS_GUEST_PAT), b.l0.pat);
		ck_assert_uint_eq(mock_field(VMCS_GUEST_DR7), b.l0.dr7);
		ck_assert_uint_eq(mock_field(VMCS_GUEST_DEBUGCTL), DEBUGCTL_LBR);
		b.l0.pat ^= 1;
		b.l0.dr7 ^= 2;
		b.l0.efer ^= EFER_NX;
	}
}
END_TEST

/* Loaded but not saved: the same value again at each entry, whatever L2 made of it. */
START_TEST(loaded_again)
{
	base_merged(&b, BASE_LONG);
	b.c.v.exit_controls &= ~(uint64_t)(EXIT_SAVE_EFER | EXIT_SAVE_PAT | EXIT_SAVE_DEBUG);
	mock->field[VMCS_GUEST_EFER] = mock->field[VMCS_GUEST_PAT] = 0;
	mock->field[VMCS_GUEST_DR7] = 0;
	base_merge(&b, 0);
	ck_assert_uint_eq(mock_field(VMCS_GUEST_EFER), b.c.v.guest_efer);
	ck_assert_uint_eq(mock_field(VMCS_GUEST_PAT), b.c.v.guest_pat);
	ck_assert_uint_eq(mock_field(VMCS_GUEST_DR7), b.c.v.guest_dr7);
}
END_TEST

/* L1's EFER with LMA and LME as the entry makes them (27.3.2.1). */
START_TEST(efer)
{
	base_make(&b, BASE_LONG);
	b.c.v.entry_controls &= ~(uint64_t)ENTRY_LOAD_EFER;
	b.l0.efer = EFER_SCE;
	ck_assert_uint_eq(vmcs02_efer(&b.c.v, &b.l0), EFER_SCE | EFER_LMA | EFER_LME);
	base_make(&b, BASE_PAE);
	b.c.v.entry_controls &= ~(uint64_t)ENTRY_LOAD_EFER;
	ck_assert_uint_eq(vmcs02_efer(&b.c.v, &b.l0), EFER_SCE);
	base_make(&b, BASE_REAL);
	b.c.v.entry_controls &= ~(uint64_t)ENTRY_LOAD_EFER;
	ck_assert_uint_eq(vmcs02_efer(&b.c.v, &b.l0), EFER_SCE | EFER_LME);
}
END_TEST

/* An engine that does not know the MSR never gets a bit of it; DR7 has 32 bits. */
START_TEST(debug_is_bounded)
{
	struct vmx_caps hw = base_hw;

	base_merged(&b, BASE_LONG);
	hw.debugctl = 0;
	b.l0.hw = &hw;
	b.c.v.guest_debugctl = DEBUGCTL_LBR;
	b.c.v.guest_dr7 = ~0ull;
	base_merge(&b, DIRTY_DEBUG);
	ck_assert_uint_eq(mock_field(VMCS_GUEST_DEBUGCTL), 0);
	ck_assert_uint_eq(mock_field(VMCS_GUEST_DR7), 0xffffffff);
}
END_TEST

/* For every combination of owner, real bit and shadow bit: who sees what. */
START_TEST(cr_masks)
{
	bool mask12 = _i & 1, mask01 = _i & 2, real = _i & 4, shadow = _i & 8, on = _i & 16;
	uint64_t bit = CR0_TS;
	bool seen;

	base_merged(&b, BASE_LONG);
	b.c.v.cr0_mask = mask12 ? bit : 0;
	b.l0.cr0_mask = mask01 ? bit : 0;
	b.l0.cr0_on = mask01 && on ? bit : 0;
	b.c.v.guest_cr0 = (b.c.v.guest_cr0 & ~bit) | (real ? bit : 0);
	b.c.v.cr0_shadow = shadow ? bit : 0;
	base_merge(&b, DIRTY_CR);
	ck_assert_int_eq(!!(mock_field(VMCS_CR0_MASK) & bit), mask12 || mask01);
	ck_assert_int_eq(!!(mock_field(VMCS_GUEST_CR0) & bit), real || (mask01 && on));
	/* What L2 reads: the shadow under the mask, else the register. */
	seen = mock_field(VMCS_CR0_MASK) & bit ? mock_field(VMCS_CR0_SHADOW) & bit
					       : mock_field(VMCS_GUEST_CR0) & bit;
	ck_assert_int_eq(seen, mask12 ? shadow : real);
}
END_TEST

START_TEST(vmxe_stays_on)
{
	base_merged(&b, BASE_LONG);
	b.c.v.guest_cr4 &= ~CR4_VMXE;
	base_merge(&b, DIRTY_CR);
	ck_assert(mock_field(VMCS_GUEST_CR4) & CR4_VMXE);
	ck_assert(mock_field(VMCS_CR4_MASK) & CR4_VMXE);
}
END_TEST

START_TEST(page_faults)
{
	base_merged(&b, BASE_LONG);
	b.c.v.exception_bitmap = 1u << VECTOR_PF;
	b.c.v.page_fault_mask = 5;
	b.c.v.page_fault_match = 1;
	base_merge(&b, DIRTY_EXCEPTIONS);
	ck_assert_uint_eq(mock_field(VMCS_EXCEPTION_BITMAP), 1u << VECTOR_PF | 1u << 18);
	ck_assert_uint_eq(mock_field(VMCS_PAGE_FAULT_MASK), 5);
	ck_assert_uint_eq(mock_field(VMCS_PAGE_FAULT_MATCH), 1);
	b.l0.exception_bitmap |= 1u << VECTOR_PF;
	base_merge(&b, DIRTY_EXCEPTIONS);
	ck_assert_uint_eq(mock_field(VMCS_PAGE_FAULT_MASK), 0);
	ck_assert_uint_eq(mock_field(VMCS_PAGE_FAULT_MATCH), 0);
}
END_TEST

START_TEST(tsc)
{
	base_merged(&b, BASE_LONG);
	b.c.v.tsc_offset = -0x200000ull;
	base_merge(&b, DIRTY_TSC);
	ck_assert_uint_eq(mock_field(VMCS_TSC_OFFSET), 0x100000ull - 0x200000ull);
	b.c.v.proc_controls &= ~(uint64_t)PROC_TSC_OFFSET;
	base_merge(&b, DIRTY_EXECUTION);
	ck_assert_uint_eq(mock_field(VMCS_TSC_OFFSET), 0x100000);
}
END_TEST

START_TEST(event)
{
	base_merged(&b, BASE_LONG);
	b.c.v.entry_interruption_info =
		EVENT_VALID | EVENT_ERROR | 3 << EVENT_TYPE_SHIFT | 14 | 1u << 20;
	b.c.v.entry_exception_error = 0x12345;
	b.c.v.entry_instruction_length = 0xff;
	base_merge(&b, DIRTY_EVENT);
	ck_assert_uint_eq(mock_field(VMCS_ENTRY_INTERRUPTION_INFO), 0x80000b0e);
	ck_assert_uint_eq(mock_field(VMCS_ENTRY_EXCEPTION_ERROR), 0x2345);
	ck_assert_uint_eq(mock_field(VMCS_ENTRY_INSTRUCTION_LENGTH), 15);
	b.c.v.entry_interruption_info = 0x7fffffff;
	base_merge(&b, DIRTY_EVENT);
	ck_assert_uint_eq(mock_field(VMCS_ENTRY_INTERRUPTION_INFO), 0);
	ck_assert_uint_eq(mock->writes, 1);
}
END_TEST

START_TEST(cr3_targets)
{
	base_merged(&b, BASE_LONG);
	b.c.v.cr3_target_count = 2;
	b.c.v.cr3_target1 = 0x5000;
	base_merge(&b, DIRTY_CR3_TARGETS);
	ck_assert_uint_eq(mock_field(VMCS_CR3_TARGET_COUNT), 2);
	ck_assert_uint_eq(mock_field(VMCS_CR3_TARGET1), 0x5000);
	b.l0.proc |= PROC_CR3_LOAD;
	base_merge(&b, DIRTY_CR3_TARGETS);
	ck_assert_uint_eq(mock_field(VMCS_CR3_TARGET_COUNT), 0);
}
END_TEST

/* PDPTEs are fields only with PAE paging and EPT12. */
START_TEST(pdptes)
{
	for (int kind = 0; kind < BASE_COUNT; kind++) {
		base_merged(&b, (enum base_kind)kind);
		base_merge(&b, DIRTY_CR3);
		ck_assert_int_eq(mock->written[VMCS_GUEST_PDPTE0],
				 kind == BASE_PAE || kind == BASE_HOST32);
	}
}
END_TEST

TCase *merge_cases(void)
{
	TCase *t = tcase_create("merge");

	tcase_add_test(t, pin);
	tcase_add_test(t, virtual_apic_is_of_12);
	tcase_add_test(t, delivery);
	tcase_add_test(t, ia32e);
	tcase_add_test(t, proc);
	tcase_add_test(t, proc2);
	tcase_add_test(t, rip_writes_two);
	tcase_add_test(t, registers_of_l1);
	tcase_add_test(t, loaded_again);
	tcase_add_test(t, efer);
	tcase_add_test(t, debug_is_bounded);
	tcase_add_loop_test(t, cr_masks, 0, 32);
	tcase_add_test(t, vmxe_stays_on);
	tcase_add_test(t, page_faults);
	tcase_add_test(t, tsc);
	tcase_add_test(t, event);
	tcase_add_test(t, cr3_targets);
	tcase_add_test(t, pdptes);
	return t;
}
