// SPDX-License-Identifier: Apache-2.0
#include "arena.h"
#include "ept_walk.h"
#include "nest.h"
#include "suites.h"

#define LEAF (NEST_RAM_L1 | EPT_RWX | EPT_WB << EPT_MEMTYPE_SHIFT)

static struct nest nest;

static struct ept_walk walk12(uint64_t eptp12, uint64_t l2_gpa, uint64_t access)
{
	struct ept_walk walk;

	ept12_walk(&nest.ept01, &nest.caps, eptp12, l2_gpa, access, &walk);
	return walk;
}

START_TEST(rights_are_those_of_the_whole_path)
{
	struct ept_walk walk;

	nest_begin(&nest, 64);
	nest_chain(LEAF);
	walk = walk12(NEST_EPTP12, 0x123, EPT_RWX);
	ck_assert_int_eq(walk.status, EPT_WALK_OK);
	ck_assert_uint_eq(walk.addr, NEST_RAM_L1 + 0x123);
	ck_assert_uint_eq(walk.rights, EPT_RWX);
	nest_set(2, 0, 0x3000 | EPT_R | EPT_X);
	nest_set(3, 0, 0x4000 | EPT_R | EPT_W);
	walk = walk12(NEST_EPTP12, 0, EPT_R);
	ck_assert_int_eq(walk.status, EPT_WALK_OK);
	ck_assert_uint_eq(walk.rights, EPT_R);
	walk = walk12(NEST_EPTP12, 0, EPT_W);
	ck_assert_int_eq(walk.status, EPT_WALK_VIOLATION);
	ck_assert_uint_eq(walk.rights, EPT_R);
	/* An absent entry leaves none, and four levels reach 48 bits. */
	ck_assert_uint_eq(walk12(NEST_EPTP12, 0x1000, EPT_R).rights, 0);
	walk = walk12(NEST_EPTP12, UINT64_C(1) << 48, EPT_R);
	ck_assert_int_eq(walk.status, EPT_WALK_VIOLATION);
	ck_assert_uint_eq(walk.rights, 0);
}
END_TEST

/* Entries and the levels (as a set, bit 1 for level 1) at which they are misconfigured. */
START_TEST(misconfigurations_by_level)
{
	static const struct {
		uint64_t bits;
		unsigned levels;
		bool exec_only, page_1g;
	} rows[] = {
		{EPT_W, 0x1e, true, true},
		{EPT_W | EPT_X, 0x1e, true, true},
		{EPT_X, 0x1e, false, true},
		{EPT_X, 0, true, true},
		{EPT_RWX | UINT64_C(1) << 46, 0x1e, true, true},
		{EPT_RWX | UINT64_C(1) << 51, 0x1e, true, true},
		{EPT_RWX | UINT64_C(1) << 52, 0, true, true},
		{EPT_RWX | 2 << 3, 0x1e, true, true},
		{EPT_RWX | 3 << 3, 0x1e, true, true},
		{EPT_RWX | 7 << 3, 0x1e, true, true},
		{EPT_RWX | 1 << 3, 0x1c, true, true},
		{EPT_RWX | EPT_IPAT, 0x1c, true, true},
		{EPT_RWX | EPT_LARGE, 0x10, true, true},
		{EPT_RWX | EPT_LARGE, 0x18, true, false},
		{EPT_RWX | EPT_LARGE | 0x1000, 0x1c, true, true},
		{EPT_RWX | EPT_LARGE | 0x200000, 0x18, true, true},
		{EPT_RWX | EPT_LARGE | 7 << 3, 0x1c, true, true},
		{EPT_RWX | EPT_A | EPT_D | 0xc00, 0, true, true},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned level = 1; level <= 4; level++) {
			bool bad = rows[i].levels >> level & 1, large = rows[i].bits & EPT_LARGE;
			uint64_t below = level > 1 && !large ? 0x6000 - level * 0x1000 : 0;
			struct ept_walk walk;

			nest_begin(&nest, 64);
			nest.caps.exec_only = rows[i].exec_only;
			nest.caps.page_1g = rows[i].page_1g;
			nest_chain(LEAF);
			nest_set(5 - level, 0, rows[i].bits | below);
			/* Level 1 does not know EPT_LARGE, address bits there are just an address.
			 */
			if (level == 1 && large)
				bad = (rows[i].bits & EPT_MEMTYPE_MASK) == 7 << 3;
			walk = walk12(NEST_EPTP12, 0, EPT_X);
			ck_assert_msg((walk.status == EPT_WALK_MISCONFIG) == bad, "row %u level %u",
				      i, level);
			if (bad)
				ck_assert_uint_eq(walk.level, level);
		}
	}
}
END_TEST

START_TEST(flags_are_set_as_hardware_sets_them)
{
	nest_begin(&nest, 64);
	nest_chain(LEAF & ~EPT_X);
	/* Not asked for, or refused: nothing is set. */
	walk12(NEST_EPTP12, 0, EPT_W);
	walk12(NEST_EPTP12 | EPTP_AD, 0, EPT_X);
	for (unsigned table = 1; table <= 4; table++)
		ck_assert_uint_eq(nest_get(table, 0) & (EPT_A | EPT_D), 0);
	ck_assert(!walk12(NEST_EPTP12 | EPTP_AD, 0, EPT_R).dirty);
	for (unsigned table = 1; table <= 4; table++)
		ck_assert_uint_eq(nest_get(table, 0) & (EPT_A | EPT_D), EPT_A);
	ck_assert(walk12(NEST_EPTP12 | EPTP_AD, 0, EPT_W).dirty);
	for (unsigned table = 1; table <= 4; table++)
		ck_assert_uint_eq(nest_get(table, 0) & (EPT_A | EPT_D),
				  table == 4 ? EPT_A | EPT_D : EPT_A);
	ck_assert(walk12(NEST_EPTP12 | EPTP_AD, 0, EPT_R).dirty);
}
END_TEST

START_TEST(tables_in_holes_and_roms)
{
	struct ept_walk walk;

	nest_begin(&nest, 64);
	nest_chain(LEAF);
	nest_set(2, 0, 0x80000000 | EPT_RWX);
	walk = walk12(NEST_EPTP12, UINT64_C(3) << 21, EPT_R);
	ck_assert_int_eq(walk.status, EPT_WALK_MISCONFIG);
	ck_assert(walk.table_gone);
	ck_assert_uint_eq(walk.addr, 0x80000000 + 3 * 8);
	/* Read-only for L1: the walk works, its flags get lost. */
	nest_chain(LEAF);
	ck_assert_int_eq(ept01_map(&nest.ept01, 0x4000, ARENA_L1 + 0x4000, 0x1000, EPT_R, EPT_WB),
			 0);
	walk = walk12(NEST_EPTP12 | EPTP_AD, 0, EPT_W);
	ck_assert_int_eq(walk.status, EPT_WALK_OK);
	ck_assert(walk.dirty);
	ck_assert_uint_eq(nest_get(4, 0), LEAF);
	ck_assert_uint_eq(nest_get(3, 0) & EPT_A, EPT_A);
}
END_TEST

/* L1 clears the root entry at every possible moment of a walk: no flag gets into its new value. */
START_TEST(a_race_with_l1_never_writes_into_a_new_entry)
{
	unsigned raced = 0, done = 0, absent = 0;

	for (unsigned when = 1; when <= 24; when++) {
		nest_begin(&nest, 64);
		nest_chain(LEAF);
		arena_poke_later(when, ARENA_L1 + 0x1000, 0x5550);
		switch (walk12(NEST_EPTP12 | EPTP_AD, 0, EPT_W).status) {
		case EPT_WALK_RACED:
			raced++;
			ck_assert_uint_eq(nest_get(1, 0), 0x5550);
			break;
		case EPT_WALK_VIOLATION:
			absent++;
			ck_assert_uint_eq(nest_get(1, 0), 0x5550);
			break;
		default:
			done++;
			arena_poke_later(0, 0, 0);
		}
	}
	ck_assert_uint_ge(raced, 3);
	ck_assert_uint_gt(absent, 2);
	ck_assert_uint_gt(done, 2);
}
END_TEST

START_TEST(eptp_is_checked)
{
	struct ept_caps caps = {40, true, true, true};

	ck_assert(ept_eptp_valid(0x1000 | 6 | 3 << 3, &caps));
	ck_assert(ept_eptp_valid(0x1000 | 6 | 3 << 3 | EPTP_AD, &caps));
	ck_assert(!ept_eptp_valid(0x1000 | 0 | 3 << 3, &caps));
	ck_assert(!ept_eptp_valid(0x1000 | 1 | 3 << 3, &caps));
	ck_assert(!ept_eptp_valid(0x1000 | 6 | 4 << 3, &caps));
	ck_assert(!ept_eptp_valid(0x1000 | 6 | 3 << 3 | 0x80, &caps));
	ck_assert(!ept_eptp_valid(0x1000 | 6 | 3 << 3 | UINT64_C(1) << 40, &caps));
	ck_assert(!ept_eptp_valid(0x1000 | 6 | 3 << 3 | UINT64_C(1) << 52, &caps));
	caps.ad = false;
	ck_assert(!ept_eptp_valid(0x1000 | 6 | 3 << 3 | EPTP_AD, &caps));
}
END_TEST

TCase *walk_cases(void)
{
	TCase *tcase = tcase_create("walk");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, rights_are_those_of_the_whole_path);
	tcase_add_test(tcase, misconfigurations_by_level);
	tcase_add_test(tcase, flags_are_set_as_hardware_sets_them);
	tcase_add_test(tcase, tables_in_holes_and_roms);
	tcase_add_test(tcase, a_race_with_l1_never_writes_into_a_new_entry);
	tcase_add_test(tcase, eptp_is_checked);
	return tcase;
}
