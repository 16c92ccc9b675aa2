// SPDX-License-Identifier: Apache-2.0
#include "arena.h"
#include "ept_compose.h"
#include "nest.h"
#include "suites.h"

#define WB   (EPT_WB << EPT_MEMTYPE_SHIFT)
#define LEAF (NEST_RAM_L1 | EPT_RWX | WB)
#define AD   (NEST_EPTP12 | EPTP_AD)

static struct nest nest;

/* The entry that ends EPT02's walk of an address. */
static uint64_t leaf02(uint64_t eptp12, uint64_t l2_gpa)
{
	uint64_t table = ept02_get(&nest.cache, eptp12)->root, e = 0;

	for (unsigned level = 4; level; level--) {
		e = arena_get(table + ept_index(l2_gpa, level) * 8);
		if (!ept_present(e) || ept_is_leaf(e, level))
			break;
		table = e & EPT_ADDR_MASK;
	}
	return e;
}

START_TEST(a_dirty_flag_is_earned_by_a_write)
{
	nest_begin(&nest, 64);
	nest_chain(LEAF);
	ck_assert_int_eq(nest_fill(&nest, AD, 0, EPT_R), EPT_FILLED);
	ck_assert_uint_eq(leaf02(AD, 0), NEST_RAM_HPA | EPT_R | EPT_X | WB | EPT_A);
	ck_assert_uint_eq(nest_get(4, 0), LEAF | EPT_A);
	/* The write comes back, gains W in place and needs no flush. */
	ck_assert_int_eq(nest_fill(&nest, AD, 0, EPT_W | EPT_R << 3), EPT_FILLED);
	ck_assert_uint_eq(leaf02(AD, 0), NEST_RAM_HPA | EPT_RWX | WB | EPT_A | EPT_D);
	ck_assert_uint_eq(nest_get(4, 0), LEAF | EPT_A | EPT_D);
	ck_assert_uint_eq(nest.cache.flush, 0);
	ck_assert_uint_eq(nest.cache.stats.upgraded, 1);
	/* Without A/D there is nothing to wait for. */
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 0, EPT_R), EPT_FILLED);
	ck_assert_uint_eq(leaf02(NEST_EPTP12, 0) & EPT_RWX, EPT_RWX);
	ck_assert_uint_eq(nest.cache.flush, 0);
}
END_TEST

START_TEST(qualification_is_l1s)
{
	nest_begin(&nest, 64);
	nest_chain((LEAF & ~EPT_W) | EPT_IPAT);
	/* Hardware saw an empty EPT02 (5:3 = 0); all bits of no meaning are set. */
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 0x18, ~UINT64_C(0x3c)),
			 EPT_REFLECT_VIOLATION);
	ck_assert_uint_eq(nest.fault.qualification, 0x1180 | 5 << 3 | 3);
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 0x5018, EPT_R | 7 << 3 | EPT_QUAL_LINEAR),
			 EPT_REFLECT_VIOLATION);
	ck_assert_uint_eq(nest.fault.qualification, EPT_QUAL_LINEAR | EPT_R);
	nest_set(3, 0, 0x4000 | EPT_W);
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 0, EPT_R), EPT_REFLECT_MISCONFIG);
	ck_assert_uint_eq(nest.fault.qualification, 0);
	ck_assert(!nest.fault.table_gone);
	nest_set(3, 0, 0xfee00000 | EPT_RWX);
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 0, EPT_R), EPT_REFLECT_MISCONFIG);
	ck_assert(nest.fault.table_gone);
	ck_assert_uint_eq(nest.fault.l1_gpa, 0xfee00000);
}
END_TEST

START_TEST(what_ept01_lacks_is_l0s)
{
	nest_begin(&nest, 64);
	nest_chain(0xfee00000 | EPT_RWX);
	ck_assert_int_eq(nest_fill(&nest, AD, 0x380, EPT_W), EPT_L0_OWN);
	ck_assert_uint_eq(nest.fault.l1_gpa, 0xfee00380);
	ck_assert_uint_eq(nest.fault.rights12, EPT_RWX);
	ck_assert_uint_eq(nest.fault.rights01, 0);
	/* For L1 this was an access like any other. */
	ck_assert_uint_eq(nest_get(4, 0) & (EPT_A | EPT_D), EPT_A | EPT_D);
	/* A read-only page of L1: reads are filled, writes are L0's. */
	ck_assert_int_eq(
		ept01_map(&nest.ept01, 0xfff00000, NEST_RAM_HPA, 0x1000, EPT_R | EPT_X, EPT_WB), 0);
	nest_chain(0xfff00000 | EPT_RWX | WB);
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 8, EPT_R), EPT_FILLED);
	ck_assert_uint_eq(leaf02(NEST_EPTP12, 0) & EPT_RWX, EPT_R | EPT_X);
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 8, EPT_W), EPT_L0_OWN);
	ck_assert_uint_eq(nest.fault.rights01, EPT_R | EPT_X);
	/* No right in common: never an empty leaf and a promise to resume. */
	ck_assert_int_eq(ept01_map(&nest.ept01, 0xfff00000, NEST_RAM_HPA, 0x1000, EPT_R, EPT_WB),
			 0);
	nest_chain(0xfff00000 | EPT_X | WB);
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 8, 0), EPT_L0_OWN);
}
END_TEST

START_TEST(a_leaf_is_the_smaller_of_both_pages)
{
	nest_begin(&nest, 64);
	nest_chain(LEAF);
	nest_set(2, 1, LEAF | EPT_LARGE);         /* 1 GiB over 1 GiB */
	nest_set(3, 1, LEAF | EPT_LARGE);         /* 2 MiB over 1 GiB */
	nest_set(2, 2, EPT_RWX | WB | EPT_LARGE); /* 1 GiB over 2 MiB of tables */
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 0x40000000 + 0x12345, 1), EPT_FILLED);
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 0x200000 + 0x12345, 1), EPT_FILLED);
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 0x80000000 + 0x12345, 1), EPT_FILLED);
	ck_assert_uint_eq(nest.cache.stats.filled_1g, 1);
	ck_assert_uint_eq(nest.cache.stats.filled_2m, 2);
	ck_assert_uint_eq(leaf02(NEST_EPTP12, 0x80000000) & EPT_ADDR_MASK, ARENA_L1);
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 0x80000000 + 0x212345, 1), EPT_L0_OWN);
	ck_assert_uint_eq(nest.fault.l1_gpa, 0x212345);
}
END_TEST

START_TEST(a_page_becomes_a_table_and_a_table_a_page)
{
	uint32_t pages;

	nest_begin(&nest, 64);
	nest_chain(LEAF);
	nest_set(3, 0, LEAF | EPT_LARGE);
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 0, EPT_R), EPT_FILLED);
	pages = nest.cache.slot[0].pages.count;
	ck_assert_uint_eq(nest.cache.flush, 0);
	/* L1 splits the page and forgets INVEPT; some violation shows it. */
	nest_set(3, 0, 0x4000 | EPT_RWX);
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 0, EPT_R), EPT_FILLED);
	ck_assert_uint_eq(nest.cache.slot[0].pages.count, pages + 1);
	ck_assert_uint_eq(nest.cache.flush, 1);
	ck_assert_uint_eq(leaf02(NEST_EPTP12, 0x1000), 0);
	nest.cache.flush = 0;
	/* And joins it again: the table goes back. */
	nest_set(2, 0, LEAF | EPT_LARGE);
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 0, EPT_R), EPT_FILLED);
	ck_assert_uint_eq(nest.cache.slot[0].pages.count, pages - 1);
	ck_assert_uint_eq(nest.cache.flush, 1);
	ck_assert_uint_eq(nest.cache.stats.replaced, 2);
}
END_TEST

START_TEST(a_right_or_frame_taken_away_needs_a_flush)
{
	nest_begin(&nest, 64);
	nest_chain(LEAF & ~EPT_X);
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 0, EPT_R), EPT_FILLED);
	nest_set(4, 0, LEAF & ~EPT_W);
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 0, EPT_X), EPT_FILLED);
	ck_assert_uint_eq(nest.cache.flush, 1);
	nest.cache.flush = 0;
	nest_set(4, 0, (LEAF & ~EPT_W) + 0x1000);
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 0, EPT_X), EPT_FILLED);
	ck_assert_uint_eq(nest.cache.flush, 1);
}
END_TEST

START_TEST(memory_types_combine_to_the_stronger)
{
	static const struct {
		uint8_t type12, type01, type02;
	} rows[] = {
		{6, 6, 6}, {0, 6, 0}, {6, 0, 0}, {1, 6, 1}, {6, 1, 1}, {4, 6, 4}, {6, 5, 5},
		{1, 4, 0}, {4, 5, 0}, {5, 1, 0}, {0, 1, 0}, {4, 4, 4}, {5, 5, 5}, {1, 1, 1},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t ipat12 = i & 1 ? EPT_IPAT : 0, ipat01 = i & 2 ? EPT_IPAT : 0, e;

		nest_begin(&nest, 64);
		ck_assert_int_eq(ept01_map(&nest.ept01, 0x80000000, NEST_RAM_HPA, 0x1000,
					   EPT_RWX | ipat01, rows[i].type01),
				 0);
		nest_chain(0x80000000 | EPT_RWX | (uint64_t)rows[i].type12 << 3 | ipat12);
		ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 0, EPT_R), EPT_FILLED);
		e = leaf02(NEST_EPTP12, 0);
		ck_assert_uint_eq(ept_memtype(e), rows[i].type02);
		ck_assert_uint_eq(e & EPT_IPAT, ipat12 | ipat01);
	}
}
END_TEST

/* The work of a fill has a bound that no content of EPT12 can lift. */
START_TEST(a_fill_is_bounded)
{
	nest_begin(&nest, 64);
	nest_set(1, 0, 0x1000 | EPT_RWX); /* a root that is its own child, all the way */
	arena_calls = 0;
	ck_assert_int_eq(nest_fill(&nest, NEST_EPTP12, 0, EPT_R), EPT_FILLED);
	ck_assert_uint_lt(arena_calls, 60);
	ck_assert_uint_eq(leaf02(NEST_EPTP12, 0) & EPT_ADDR_MASK, ARENA_L1 + 0x1000);
}
END_TEST

TCase *compose_cases(void)
{
	TCase *tcase = tcase_create("compose");

	tcase_add_test(tcase, a_dirty_flag_is_earned_by_a_write);
	tcase_add_test(tcase, qualification_is_l1s);
	tcase_add_test(tcase, what_ept01_lacks_is_l0s);
	tcase_add_test(tcase, a_leaf_is_the_smaller_of_both_pages);
	tcase_add_test(tcase, a_page_becomes_a_table_and_a_table_a_page);
	tcase_add_test(tcase, a_right_or_frame_taken_away_needs_a_flush);
	tcase_add_test(tcase, memory_types_combine_to_the_stronger);
	tcase_add_test(tcase, a_fill_is_bounded);
	return tcase;
}
