// SPDX-License-Identifier: Apache-2.0
/* The merge by dirty groups: who writes which field, and that nothing is lost or let through. */
#include "base.h"
#include "offer.h"
#include "suites.h"
#include "vmcs_access.h"

static struct base b;

enum rule { RULE_COPY, RULE_MERGE, RULE_L0, RULE_HOST, RULE_NONE };

static const uint8_t rules[VMCS_ROWS] = {
#define X(encoding, NAME, name, width, access, group, rule, exists) [VMCS_ROW_##name] = RULE_##rule,
#include "fields.def"
#undef X
};

/* With everything dirty each row is written, or not, as its rule says; COPY rows verbatim. */
START_TEST(full_follows_rules)
{
	base_merged(&b, BASE_PAE);
	for (int row = 0; row < VMCS_ROWS; row++)
		if (rules[row] == RULE_COPY)
			b.c.v.cell[row] = (uint64_t)row * 0x0101010101010101u & vmcs_rows[row].mask;
	b.c.v.entry_interruption_info = EVENT_VALID | 3 << EVENT_TYPE_SHIFT | 6;
	b.c.v.cr3_target_count = 4;
	b.c.v.proc2_controls |= PROC2_INTERRUPT_DELIVERY;
	ck_assert_uint_eq(base_merge(&b, DIRTY_ALL), DIRTY_ALL);
	ck_assert_uint_eq(b.c.dirty, 0);
	ck_assert_uint_eq(mock->reads, 0);
	for (int row = 0; row < VMCS_ROWS; row++) {
		uint16_t encoding = vmcs_rows[row].encoding;
		bool ours = rules[row] == RULE_COPY || rules[row] == RULE_MERGE;

		ck_assert_msg(mock->written[encoding] == ours, "%s", vmcs_rows[row].name);
		if (rules[row] == RULE_COPY)
			ck_assert_uint_eq(mock->field[encoding], b.c.v.cell[row]);
	}
}
END_TEST

/* A processor that has no CR3-target values is not asked to write any. */
START_TEST(no_target_no_write)
{
	base_merged(&b, BASE_PAE);
	b.c.v.cr3_target_count = 0;
	base_merge(&b, DIRTY_ALL);
	ck_assert(mock->written[VMCS_CR3_TARGET_COUNT]);
	ck_assert(!mock->written[VMCS_CR3_TARGET0]);
	ck_assert(!mock->written[VMCS_CR3_TARGET3]);
}
END_TEST

/* Beside its own fields a group may decide about those of these others. */
static uint32_t reach(int group)
{
	switch (group) {
	case GROUP_EXECUTION:
		return DIRTY_EXECUTION | DIRTY_TSC | DIRTY_APIC | DIRTY_INTERRUPTS | DIRTY_TUNING |
		       DIRTY_CR3;
	case GROUP_ENTRY:
		return DIRTY_ENTRY | DIRTY_EFER | DIRTY_PAT | DIRTY_DEBUG | DIRTY_CR3;
	case GROUP_EXIT:
		return DIRTY_EXIT | DIRTY_EFER | DIRTY_PAT | DIRTY_DEBUG;
	case GROUP_CR:
		return DIRTY_CR | DIRTY_CR3;
	default:
		return 1u << group;
	}
}

/* One dirty group writes all its own COPY rows, and no row out of its reach. */
START_TEST(group_writes_its_own)
{
	base_merged(&b, BASE_PAE);
	b.c.v.entry_interruption_info = EVENT_VALID;
	ck_assert_uint_eq(base_merge(&b, 1u << _i), 1u << _i);
	for (int row = 0; row < VMCS_ROWS; row++) {
		const struct vmcs_row *r = &vmcs_rows[row];

		if (mock->written[r->encoding])
			ck_assert_msg(r->dirty & reach(_i), "%s", r->name);
		if (rules[row] == RULE_COPY && r->group == _i)
			ck_assert_msg(mock->written[r->encoding], "%s", r->name);
	}
}
END_TEST

/* Nothing changed, all carried over: nothing is written. */
START_TEST(clean_writes_nothing)
{
	base_merged(&b, BASE_LONG);
	ck_assert_uint_eq(base_merge(&b, 0), 0);
	ck_assert_uint_eq(mock->writes, 0);
}
END_TEST

/* What L2 may do to the registers that both sides may load and save. */
static void run_l2(uint64_t *seed)
{
	static const enum vmcs_field touched[] = {
		VMCS_GUEST_EFER, VMCS_GUEST_PAT,    VMCS_GUEST_DR7,       VMCS_GUEST_RIP,
		VMCS_GUEST_CR3,  VMCS_GUEST_PDPTE1, VMCS_INTERRUPT_STATUS};

	for (uint32_t i = 0; i < sizeof(touched) / sizeof(touched[0]); i++)
		if (base_random(seed) & 1)
			mock->field[touched[i]] ^= 1u << 4;
	/* A processor with IA32_VMX_MISC[5] does this at the exit. */
	mock->field[VMCS_ENTRY_CONTROLS] &= ~(uint64_t)ENTRY_IA32E;
	if (mock->field[VMCS_GUEST_EFER] & EFER_LMA)
		mock->field[VMCS_ENTRY_CONTROLS] |= ENTRY_IA32E;
	vmcs12_save_guest(&b.c, &b.l0);
	vmcs12_fetch_rare(&b.c);
}

/* A change that makes groups matter: a control bit, or anything in any field. */
static void write_anything(uint64_t *seed)
{
	static const int controls[] = {VMCS_ROW_proc_controls,  VMCS_ROW_proc2_controls,
				       VMCS_ROW_entry_controls, VMCS_ROW_exit_controls,
				       VMCS_ROW_guest_cr0,      VMCS_ROW_guest_cr4};
	uint64_t r = base_random(seed);
	int row = r & 1 ? controls[(r >> 8) % 6] : (int)((r >> 8) % VMCS_ROWS);

	if (!vmcs_row_read_only(row))
		vmcs12_write(&b.c, row, false,
			     r & 2 ? base_random(seed) : b.c.v.cell[row] ^ 1ull << (r >> 32) % 32);
}

/* The dirty groups lose nothing: the short merge leaves in VMCS02 what a full one would. */
START_TEST(dirty_loses_nothing)
{
	static struct mock_vmcs quick;
	uint64_t seed = 0x2ea1;

	for (int round = 0; round < 3000; round++) {
		base_merged(&b, (enum base_kind)(round % BASE_COUNT));
		for (int i = 0; i < 3; i++)
			write_anything(&seed);
		vmcs02_merge(&b.c, &b.l0);
		if (base_random(&seed) & 1)
			run_l2(&seed);
		for (int i = 0; i < 2; i++)
			write_anything(&seed);
		vmcs02_merge(&b.c, &b.l0);
		quick = *mock;
		base_merge(&b, DIRTY_ALL);
		for (int row = 0; row < VMCS_ROWS; row++)
			ck_assert_msg(quick.field[vmcs_rows[row].encoding] ==
					      mock->field[vmcs_rows[row].encoding],
				      "%s, round %d", vmcs_rows[row].name, round);
	}
}
END_TEST

/* Numbers written while their control was off reach VMCS02 when it is turned on. */
START_TEST(turned_on_later)
{
	base_merged(&b, BASE_LONG);
	b.c.v.proc_controls &= ~(uint64_t)PROC_TPR_SHADOW;
	b.c.v.proc2_controls &= ~(uint64_t)PROC2_PAUSE_LOOP;
	b.c.v.tpr_threshold = 2;
	b.c.v.ple_gap = 128;
	base_merge(&b, DIRTY_ALL);
	b.c.v.proc_controls |= PROC_TPR_SHADOW;
	b.c.v.proc2_controls |= PROC2_PAUSE_LOOP;
	base_merge(&b, DIRTY_EXECUTION);
	ck_assert_uint_eq(mock_field(VMCS_TPR_THRESHOLD), 2);
	ck_assert_uint_eq(mock_field(VMCS_PLE_GAP), 128);
}
END_TEST

/* What is older than VMCS02 is not written there even if somebody calls it dirty. */
START_TEST(stale_is_not_written)
{
	base_merged(&b, BASE_LONG);
	b.c.stale = DIRTY_RARE;
	base_merge(&b, DIRTY_ALL);
	for (int row = 0; row < VMCS_ROWS; row++)
		if (vmcs_rows[row].dirty & DIRTY_RARE)
			ck_assert(!mock->written[vmcs_rows[row].encoding]);
}
END_TEST

static void control_is_possible(enum vmcs_field encoding, uint64_t capability, uint32_t most)
{
	uint32_t word = (uint32_t)mock_field(encoding);

	ck_assert_uint_eq(mock_field(encoding) >> 32, 0);
	ck_assert_uint_eq(word & ~vmx_allowed1(capability), 0);
	ck_assert_uint_eq(~word & vmx_allowed0(capability), 0);
	ck_assert_uint_eq(word & ~(most | vmx_allowed0(capability)), 0);
}

/* Even unchecked garbage turns on no control that is not on the list and in the processor. */
START_TEST(garbage_stays_out)
{
	uint64_t seed = 0x9a4ba9e;

	base_merged(&b, BASE_LONG);
	for (int round = 0; round < 2000; round++) {
		for (int row = 0; row < VMCS_ROWS; row++)
			b.c.v.cell[row] = base_random(&seed);
		vmcs12_adopt(&b.c);
		base_merge(&b, DIRTY_ALL);
		control_is_possible(VMCS_PIN_CONTROLS, base_hw.pin, OFFER_PIN | b.l0.pin);
		control_is_possible(VMCS_PROC_CONTROLS, base_hw.proc, OFFER_PROC | b.l0.proc);
		control_is_possible(VMCS_PROC2_CONTROLS, base_hw.proc2, OFFER_PROC2);
		control_is_possible(VMCS_EXIT_CONTROLS, base_hw.exit, b.l0.exit);
		control_is_possible(VMCS_ENTRY_CONTROLS, base_hw.entry, b.l0.entry | ENTRY_IA32E);
		ck_assert_uint_eq(mock_field(VMCS_PIN_CONTROLS) & b.l0.pin, b.l0.pin);
		ck_assert(mock_field(VMCS_PROC_CONTROLS) & PROC_IO);
		ck_assert_uint_le(mock_field(VMCS_CR3_TARGET_COUNT), 7);
	}
}
END_TEST

TCase *group_cases(void)
{
	TCase *t = tcase_create("groups");

	tcase_add_test(t, full_follows_rules);
	tcase_add_test(t, no_target_no_write);
	tcase_add_loop_test(t, group_writes_its_own, 0, GROUP_COUNT);
	tcase_add_test(t, clean_writes_nothing);
	tcase_add_test(t, dirty_loses_nothing);
	tcase_add_test(t, turned_on_later);
	tcase_add_test(t, stale_is_not_written);
	tcase_add_test(t, garbage_stays_out);
	return t;
}
