// SPDX-License-Identifier: Apache-2.0
/* Reflection: what comes back into VMCS12, what waits, and what VMCS01 goes on with. */
#include "base.h"
#include "suites.h"
#include "vmcs_access.h"

static struct base b;

/*
 * L2 ran and changed nothing: VMCS12 is what it was, whatever the masks; and the next merge has
 * nothing to write.
 */
START_TEST(identity)
{
	uint64_t seed = 0x1de + (uint64_t)_i;

	for (int round = 0; round < 500; round++) {
		struct vmcs12 before;

		base_make(&b, (enum base_kind)_i);
		b.c.v.cr0_mask = base_random(&seed);
		b.c.v.cr4_mask = base_random(&seed);
		b.c.v.cr0_shadow = base_random(&seed);
		b.c.v.cr4_shadow = base_random(&seed);
		b.l0.cr0_mask = base_random(&seed);
		b.l0.cr0_on = b.l0.cr0_mask & base_random(&seed);
		b.l0.cr4_mask = base_random(&seed);
		b.l0.cr4_on = b.l0.cr4_mask & base_random(&seed);
		before = b.c.v;
		vmcs02_merge(&b.c, &b.l0);
		vmcs12_save_guest(&b.c, &b.l0);
		vmcs12_fetch_rare(&b.c);
		ck_assert_mem_eq(&before, &b.c.v, sizeof(before));
		mock_forget();
		vmcs02_merge(&b.c, &b.l0);
		ck_assert_uint_eq(mock->writes, 0);
	}
}
END_TEST

/* L2 changes every guest field: hot ones are there at once, rare ones when asked for. */
START_TEST(hot_and_rare)
{
	base_merged(&b, BASE_LONG);
	for (int row = 0; row < VMCS_ROWS; row++)
		if ((vmcs_rows[row].encoding >> 10 & 3) == 2)
			mock->field[vmcs_rows[row].encoding] ^= 0x40;
	mock_forget();
	vmcs12_save_guest(&b.c, &b.l0);
	ck_assert_uint_le(mock->reads, 16);
	ck_assert_uint_eq(b.c.stale, DIRTY_RARE);
	for (int row = 0; row < VMCS_ROWS; row++)
		if (vmcs_rows[row].dirty & (DIRTY_RIP | DIRTY_RFLAGS | DIRTY_STATE | DIRTY_ACCESS))
			ck_assert_uint_eq(b.c.v.cell[row], mock_field(vmcs_rows[row].encoding));
	vmcs12_fetch(&b.c, DIRTY_SYSENTER);
	ck_assert_uint_eq(b.c.stale, DIRTY_RARE & ~DIRTY_SYSENTER);
	ck_assert_uint_eq(b.c.v.guest_sysenter_esp, mock_field(VMCS_GUEST_SYSENTER_ESP));
	ck_assert_uint_ne(b.c.v.guest_gs_base, mock_field(VMCS_GUEST_GS_BASE));
	vmcs12_fetch_rare(&b.c);
	ck_assert_uint_eq(b.c.stale, 0);
	for (int row = 0; row < VMCS_ROWS; row++)
		if (vmcs_rows[row].dirty & DIRTY_RARE)
			ck_assert_uint_eq(b.c.v.cell[row], mock_field(vmcs_rows[row].encoding));
	mock_forget();
	vmcs12_fetch_rare(&b.c);
	ck_assert_uint_eq(mock->reads, 0);
}
END_TEST

/* For every combination of owners: where the bit that L1 will read comes from. */
START_TEST(cr_split)
{
	bool mask12 = _i & 1, mask01 = _i & 2, real = _i & 4, shadow = _i & 8, old = _i & 16;
	uint64_t bit = CR0_TS;
	bool expected = mask12 ? old : mask01 ? shadow : real;

	base_merged(&b, BASE_LONG);
	b.c.v.cr0_mask = b.c.v.cr4_mask = mask12 ? bit : 0;
	b.l0.cr0_mask = b.l0.cr4_mask = mask01 ? bit : 0;
	b.c.v.guest_cr0 = b.c.v.guest_cr4 = old ? bit : 0;
	mock->field[VMCS_GUEST_CR0] = mock->field[VMCS_GUEST_CR4] = real ? bit : 0;
	mock->field[VMCS_CR0_SHADOW] = mock->field[VMCS_CR4_SHADOW] = shadow ? bit : 0;
	vmcs12_save_guest(&b.c, &b.l0);
	ck_assert_uint_eq(b.c.v.guest_cr0, expected ? bit : 0);
	ck_assert_uint_eq(b.c.v.guest_cr4, expected ? bit : 0);
}
END_TEST

/* Saved only as the exit controls say; kept for L1 all the same where L1 loads nothing. */
START_TEST(saves_as_told)
{
	struct vmcs12 before;

	base_merged(&b, BASE_LONG);
	b.c.v.exit_controls &=
		~(uint64_t)(EXIT_SAVE_EFER | EXIT_SAVE_PAT | EXIT_SAVE_DEBUG | EXIT_LOAD_PAT);
	before = b.c.v;
	mock->field[VMCS_GUEST_EFER] ^= EFER_SCE;
	mock->field[VMCS_GUEST_PAT] = 0x0606;
	mock->field[VMCS_GUEST_DR7] = 0x401;
	vmcs12_save_guest(&b.c, &b.l0);
	ck_assert_mem_eq(&before, &b.c.v, sizeof(before));
	ck_assert_uint_eq(b.c.live_efer, before.guest_efer ^ EFER_SCE);
	ck_assert_uint_eq(b.c.live_pat, 0x0606);
}
END_TEST

/* LMA becomes the IA-32e mode control, both ways; the next check knows that it is all right. */
START_TEST(mode_follows_lma)
{
	base_merged(&b, BASE_REAL);
	mock->field[VMCS_GUEST_EFER] = EFER_LMA | EFER_LME;
	mock->field[VMCS_GUEST_CR0] |= CR0_PE | CR0_PG;
	b.c.v.cr0_mask = 0;
	vmcs12_save_guest(&b.c, &b.l0);
	ck_assert(b.c.v.entry_controls & ENTRY_IA32E);
	ck_assert(!vmcs12_check_needs_rare(&b.c));
	ck_assert_int_eq(vmcs12_check(&b.c, &b.l1, &b.in), CHECK_OK);
	mock->field[VMCS_GUEST_EFER] = EFER_LME;
	vmcs12_save_guest(&b.c, &b.l0);
	ck_assert(!(b.c.v.entry_controls & ENTRY_IA32E));
}
END_TEST

START_TEST(pdptes)
{
	base_merged(&b, BASE_PAE);
	mock->field[VMCS_GUEST_PDPTE2] = 0x77001;
	vmcs12_save_guest(&b.c, &b.l0);
	ck_assert_uint_eq(b.c.v.guest_pdpte2, 0x77001);
	base_merged(&b, BASE_SHADOW);
	mock->field[VMCS_GUEST_PDPTE2] = 0x77001;
	vmcs12_save_guest(&b.c, &b.l0);
	ck_assert_uint_eq(b.c.v.guest_pdpte2, 0);
}
END_TEST

/* The processor keeps it while L2 runs with virtual-interrupt delivery, and only then. */
START_TEST(interrupt_status)
{
	base_merged(&b, BASE_APICV);
	mock->field[VMCS_INTERRUPT_STATUS] = 0x4161;
	vmcs12_save_guest(&b.c, &b.l0);
	ck_assert_uint_eq(b.c.v.interrupt_status, 0x4161);
	ck_assert_uint_eq(b.c.dirty, 0);
	b.c.v.proc2_controls &= ~(uint64_t)PROC2_INTERRUPT_DELIVERY;
	mock->field[VMCS_INTERRUPT_STATUS] = 0;
	vmcs12_save_guest(&b.c, &b.l0);
	ck_assert_uint_eq(b.c.v.interrupt_status, 0x4161);
}
END_TEST

START_TEST(exit_information)
{
	static const enum vmcs_field from[] = {
		VMCS_EXIT_REASON,
		VMCS_EXIT_QUALIFICATION,
		VMCS_EXIT_INTERRUPTION_INFO,
		VMCS_EXIT_INTERRUPTION_ERROR,
		VMCS_IDT_VECTORING_INFO,
		VMCS_IDT_VECTORING_ERROR,
		VMCS_EXIT_INSTRUCTION_LENGTH,
		VMCS_EXIT_INSTRUCTION_INFO,
		VMCS_GUEST_LINEAR_ADDRESS,
		VMCS_GUEST_PHYSICAL_ADDRESS,
	};
	struct vmx_exit e;

	base_merged(&b, BASE_LONG);
	b.c.v.entry_interruption_info = EVENT_VALID | 32;
	for (uint32_t i = 0; i < 10; i++)
		mock->field[from[i]] = 0x100 + i;
	vmx_exit_read(&e);
	vmcs12_set_exit(&b.c, &e);
	for (uint32_t i = 0; i < 10; i++)
		ck_assert_uint_eq(b.c.v.cell[vmcs_row(&b.index, from[i])], 0x100 + i);
	ck_assert_uint_eq(b.c.v.launched, 1);
	ck_assert_uint_eq(b.c.v.entry_interruption_info, 32);
	ck_assert_uint_eq(b.c.dirty, 0);
}
END_TEST

/* Reason and qualification; the rest, the event included, is as before the entry (27.8). */
START_TEST(entry_failure)
{
	struct vmcs12 before;

	base_merged(&b, BASE_LONG);
	b.c.v.entry_interruption_info = EVENT_VALID | 32;
	before = b.c.v;
	vmcs12_set_entry_failure(&b.c, EXIT_REASON_INVALID_GUEST, 4);
	ck_assert_uint_eq(b.c.v.exit_reason, 0x80000021);
	ck_assert_uint_eq(b.c.v.exit_qualification, 4);
	before.exit_reason = b.c.v.exit_reason;
	before.exit_qualification = 4;
	ck_assert_mem_eq(&before, &b.c.v, sizeof(before));
	vmcs12_live_registers(&b.c, &b.l0);
	ck_assert_uint_eq(b.c.live_efer, b.l0.efer);
	ck_assert_uint_eq(b.c.live_pat, b.l0.pat);
	ck_assert_uint_eq(b.c.live_cr0, b.l0.cr0);
}
END_TEST

START_TEST(vectoring)
{
	struct vmx_exit e = {.idt_vectoring_info = 7, .idt_vectoring_error = 8};

	vmx_exit_set_vectoring(&e, 0x30e, 1);
	ck_assert_uint_eq(e.idt_vectoring_info, 7);
	vmx_exit_set_vectoring(&e, 0x80001b0e, 5);
	ck_assert_uint_eq(e.idt_vectoring_info, 0x80000b0e);
	ck_assert_uint_eq(e.idt_vectoring_error, 5);
	vmx_exit_set_vectoring(&e, 0x80000020, 5);
	ck_assert_uint_eq(e.idt_vectoring_error, 0);
}
END_TEST

struct expectation {
	enum vmcs_field encoding;
	uint64_t value;
};

static void expect(const struct expectation *list, int count)
{
	for (int i = 0; i < count; i++)
		ck_assert_msg(mock->written[list[i].encoding] &&
				      mock_field(list[i].encoding) == list[i].value,
			      "field %#x is %#jx, not %#jx", list[i].encoding,
			      (uintmax_t)mock_field(list[i].encoding), (uintmax_t)list[i].value);
}

#define EXPECT(list) expect(list, (int)(sizeof(list) / sizeof((list)[0])))

START_TEST(wanted_exceptions)
{
	struct vmcs12 *v = &b.c.v;

	base_make(&b, BASE_LONG);
	v->exception_bitmap = 1u << VECTOR_BP;
	v->page_fault_mask = 2;
	v->page_fault_match = 2;
	ck_assert(vmcs12_wants_exception(v, EVENT_VALID | VECTOR_BP, 0));
	ck_assert(!vmcs12_wants_exception(v, EVENT_VALID | VECTOR_OF, 0));
	/* #PF: the bit, but turned round where the error code does not match (26.2). */
	ck_assert(!vmcs12_wants_exception(v, EVENT_VALID | VECTOR_PF, 3));
	ck_assert(vmcs12_wants_exception(v, EVENT_VALID | VECTOR_PF, 1));
	v->exception_bitmap |= 1u << VECTOR_PF;
	ck_assert(vmcs12_wants_exception(v, EVENT_VALID | VECTOR_PF, 3));
	ck_assert(!vmcs12_wants_exception(v, EVENT_VALID | VECTOR_PF, 1));
}
END_TEST

START_TEST(blocked_nmis)
{
	const uint32_t nmi = EVENT_VALID | EVENT_NMI << EVENT_TYPE_SHIFT | VECTOR_NMI;
	struct vmcs12 *v = &b.c.v;

	base_make(&b, BASE_LONG);
	v->guest_interruptibility = 0;
	v->entry_interruption_info = nmi & ~EVENT_VALID;
	ck_assert(!vmcs12_blocks_nmi(v));
	v->entry_interruption_info = nmi;
	ck_assert(vmcs12_blocks_nmi(v));
	v->entry_interruption_info = EVENT_VALID | VECTOR_NMI; /* an interrupt */
	ck_assert(!vmcs12_blocks_nmi(v));
	v->guest_interruptibility = BLOCKING_NMI;
	ck_assert(vmcs12_blocks_nmi(v));
}
END_TEST

/* 28.5 for a 64-bit host, field by field. */
START_TEST(host64)
{
	static const struct expectation list[] = {
		{VMCS_GUEST_CR3, 0x20000},
		{VMCS_GUEST_RFLAGS, 2},
		{VMCS_GUEST_RIP, 0xffffffff81001000ull},
		{VMCS_GUEST_RSP, 0xffffc90000004000ull},
		{VMCS_GUEST_DR7, 0x400},
		{VMCS_GUEST_DEBUGCTL, 0},
		{VMCS_GUEST_CS_SELECTOR, 0x10},
		{VMCS_GUEST_CS_ACCESS, 0xa09b},
		{VMCS_GUEST_CS_BASE, 0},
		{VMCS_GUEST_CS_LIMIT, 0xffffffff},
		{VMCS_GUEST_SS_ACCESS, 0xc093},
		{VMCS_GUEST_DS_ACCESS, 0x1c093},
		{VMCS_GUEST_GS_BASE, 0xffff888000001000ull},
		{VMCS_GUEST_TR_ACCESS, 0x8b},
		{VMCS_GUEST_TR_LIMIT, 0x67},
		{VMCS_GUEST_TR_BASE, 0xfffffe0000003000ull},
		{VMCS_GUEST_LDTR_ACCESS, 0x10000},
		{VMCS_GUEST_LDTR_SELECTOR, 0},
		{VMCS_GUEST_GDTR_BASE, 0xfffffe0000001000ull},
		{VMCS_GUEST_GDTR_LIMIT, 0xffff},
		{VMCS_GUEST_IDTR_LIMIT, 0xffff},
		{VMCS_GUEST_SYSENTER_CS, 0x10},
		{VMCS_GUEST_INTERRUPTIBILITY, 0},
		{VMCS_GUEST_ACTIVITY, 0},
		{VMCS_GUEST_PENDING_DEBUG, 0},
		{VMCS_GUEST_PAT, 0x0007040600070406ull},
		{VMCS_GUEST_EFER, EFER_SCE | EFER_LME | EFER_LMA | EFER_NX},
		{VMCS_ENTRY_CONTROLS, ENTRY_LOAD_EFER | ENTRY_IA32E},
	};

	base_merged(&b, BASE_LONG);
	b.c.v.host_cr4 &= ~CR4_VMXE;
	vmcs01_load_host(&b.c, &b.l1, &b.l0, ENTRY_LOAD_EFER);
	EXPECT(list);
	ck_assert(mock_field(VMCS_GUEST_CR4) & CR4_VMXE);
	ck_assert_uint_eq(mock_field(VMCS_CR4_SHADOW), b.c.v.host_cr4);
}
END_TEST

START_TEST(host32)
{
	static const struct expectation list[] = {
		{VMCS_GUEST_CS_ACCESS, 0xc09b},
		{VMCS_GUEST_EFER, EFER_SCE},
		{VMCS_ENTRY_CONTROLS, 0},
		{VMCS_GUEST_PAT, 0x0404},
		{VMCS_CR4_SHADOW, CR4_VMXE | CR4_PAE},
	};

	base_merged(&b, BASE_HOST32);
	b.c.v.exit_controls &= ~(uint64_t)(EXIT_LOAD_EFER | EXIT_LOAD_PAT);
	b.c.v.host_cr4 |= CR4_PCIDE;
	b.c.live_efer = EFER_SCE | EFER_LME;
	b.c.live_pat = 0x0404;
	vmcs01_load_host(&b.c, &b.l1, &b.l0, ENTRY_IA32E);
	EXPECT(list);
}
END_TEST

/* The cache bits of CR0 and those not assigned stay as L2 had them (28.5.1). */
START_TEST(host_cr0_kept)
{
	base_merged(&b, BASE_LONG);
	b.c.live_cr0 = CR0_CD | CR0_NW | CR0_TS;
	b.c.v.host_cr0 = CR0_PE | CR0_PG | CR0_NE | CR0_WP | CR0_AM;
	vmcs01_load_host(&b.c, &b.l1, &b.l0, 0);
	ck_assert_uint_eq(mock_field(VMCS_GUEST_CR0), b.c.v.host_cr0 | CR0_CD | CR0_NW);
	ck_assert_uint_eq(mock_field(VMCS_CR0_SHADOW), mock_field(VMCS_GUEST_CR0));
}
END_TEST

/* Owned bits that may not really be set: L2 and L1 see theirs all the same, on the way in and out.
 */
START_TEST(bits_that_are_never_real)
{
	base_merged(&b, BASE_LONG);
	b.l0.cr0_mask = CR0_CD | CR0_NW;
	b.l0.cr0_may = ~b.l0.cr0_mask;
	b.c.v.cr0_mask = _i ? CR0_NW : 0;
	b.c.v.cr0_shadow = 0;
	b.c.v.guest_cr0 |= CR0_CD | CR0_NW;
	base_merge(&b, DIRTY_CR);
	ck_assert_uint_eq(mock_field(VMCS_GUEST_CR0) & b.l0.cr0_mask, 0);
	ck_assert_uint_eq(mock_field(VMCS_CR0_SHADOW) & b.l0.cr0_mask,
			  _i ? CR0_CD : CR0_CD | CR0_NW);
	vmcs12_save_guest(&b.c, &b.l0);
	ck_assert_uint_eq(b.c.v.guest_cr0 & b.l0.cr0_mask, b.l0.cr0_mask);
	vmcs01_load_host(&b.c, &b.l1, &b.l0, 0);
	ck_assert_uint_eq(mock_field(VMCS_GUEST_CR0) & b.l0.cr0_mask, 0);
	ck_assert_uint_eq(mock_field(VMCS_CR0_SHADOW) & b.l0.cr0_mask, b.l0.cr0_mask);
}
END_TEST

/* All guest state is loaded but what L1 keeps across an exit (SMBASE, PDPTEs, interrupt status). */
START_TEST(host_is_complete)
{
	base_merged(&b, BASE_LONG);
	vmcs01_load_host(&b.c, &b.l1, &b.l0, 0);
	for (int row = 0; row < VMCS_ROWS; row++) {
		const struct vmcs_row *r = &vmcs_rows[row];
		bool guest = (r->encoding >> 10 & 3) == 2;
		bool kept = r->group == GROUP_LINK || r->group == GROUP_TIMER ||
			    r->group == GROUP_INTERRUPTS ||
			    (r->encoding >= VMCS_GUEST_PDPTE0 && r->encoding <= VMCS_GUEST_PDPTE3);

		if (guest)
			ck_assert_msg(mock->written[r->encoding] == !kept, "%s", r->name);
	}
}
END_TEST

TCase *reflect_cases(void)
{
	TCase *t = tcase_create("reflect");

	tcase_add_loop_test(t, identity, 0, BASE_COUNT);
	tcase_add_test(t, hot_and_rare);
	tcase_add_loop_test(t, cr_split, 0, 32);
	tcase_add_loop_test(t, bits_that_are_never_real, 0, 2);
	tcase_add_test(t, saves_as_told);
	tcase_add_test(t, mode_follows_lma);
	tcase_add_test(t, pdptes);
	tcase_add_test(t, interrupt_status);
	tcase_add_test(t, exit_information);
	tcase_add_test(t, entry_failure);
	tcase_add_test(t, vectoring);
	tcase_add_test(t, wanted_exceptions);
	tcase_add_test(t, blocked_nmis);
	tcase_add_test(t, host64);
	tcase_add_test(t, host32);
	tcase_add_test(t, host_cr0_kept);
	tcase_add_test(t, host_is_complete);
	return t;
}
