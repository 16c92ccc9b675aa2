// SPDX-License-Identifier: Apache-2.0
#include "arena.h"
#include "ept_compose.h"
#include "nest.h"
#include "suites.h"

#define LEAF (NEST_RAM_L1 | EPT_RWX | EPT_WB << EPT_MEMTYPE_SHIFT)

static struct nest nest;

/* Root n: page n + 1 of L1, each with the same chain below. */
static uint64_t eptp12(unsigned n)
{
	uint64_t root = n ? (n + 5) * EPT_PAGE_SIZE : 0x1000;

	nest_set((unsigned)(root / EPT_PAGE_SIZE), 0, 0x2000 | EPT_RWX);
	return root | EPT_WB | EPTP_WALK_4;
}

static bool empty(const struct ept02_slot *slot)
{
	for (unsigned i = 0; i < EPT_ENTRIES; i++)
		if (arena_get(slot->root + i * 8))
			return false;
	return !slot->pages.count;
}

START_TEST(init_checks_its_arguments)
{
	struct ept_caps hw = {46, true, true, true}, l1 = {40, false, true, true};
	struct ept02_cache *cache = &nest.cache;

	ck_assert_int_eq(ept02_init(cache, ARENA_EPT02, EPT02_MIN_PAGES, &l1, &hw), 0);
	ck_assert_int_eq(ept02_init(cache, ARENA_EPT02, EPT02_MIN_PAGES - 1, &l1, &hw), EPT_EINVAL);
	ck_assert_int_eq(ept02_init(cache, 0, 64, &l1, &hw), EPT_EINVAL);
	ck_assert_int_eq(ept02_init(cache, ARENA_EPT02, 64, &hw, &l1), EPT_EINVAL);
}
END_TEST

START_TEST(roots_stay_cached_until_the_oldest_goes)
{
	struct ept02_slot *first, *slot;

	nest_begin(&nest, 64);
	nest_chain(LEAF);
	for (unsigned i = 0; i < EPT02_SLOTS; i++)
		ck_assert_int_eq(nest_fill(&nest, eptp12(i), 0, EPT_R), EPT_FILLED);
	first = ept02_get(&nest.cache, eptp12(0)); /* now the youngest */
	ck_assert(first == ept02_get(&nest.cache, eptp12(0) & ~EPTP_MEMTYPE_MASK));
	ck_assert_uint_eq(nest.cache.stats.recycled, 0);
	ck_assert_uint_eq(nest.cache.flush, 0);
	slot = ept02_get(&nest.cache, eptp12(EPT02_SLOTS) | EPTP_AD);
	ck_assert_uint_eq(nest.cache.stats.recycled, 1);
	ck_assert_uint_eq(ept02_slot_number(&nest.cache, slot), 1);
	ck_assert_uint_eq(nest.cache.flush, 1 << 1);
	ck_assert_uint_eq(slot->eptp02, slot->root | EPT_WB | EPTP_WALK_4 | EPTP_AD);
	ck_assert(empty(slot));
	ck_assert(!empty(first));
}
END_TEST

START_TEST(invalidation_hits_what_it_names)
{
	struct ept02_slot *plain, *ad, *other;

	nest_begin(&nest, 64);
	nest_chain(LEAF | EPT_D);
	ck_assert_int_eq(nest_fill(&nest, eptp12(0), 0, EPT_R), EPT_FILLED);
	ck_assert_int_eq(nest_fill(&nest, eptp12(0) | EPTP_AD, 0, EPT_R), EPT_FILLED);
	ck_assert_int_eq(nest_fill(&nest, eptp12(1), 0, EPT_R), EPT_FILLED);
	plain = ept02_get(&nest.cache, eptp12(0));
	ad = ept02_get(&nest.cache, eptp12(0) | EPTP_AD);
	other = ept02_get(&nest.cache, eptp12(1));
	ept02_invalidate(&nest.cache, eptp12(0));
	ck_assert(empty(plain) && empty(ad) && !empty(other));
	ck_assert_uint_eq(nest.cache.flush, 3);
	ept02_invalidate_l1_range(&nest.cache, NEST_RAM_L1 - 0x1000, 0x1000);
	ept02_invalidate_l1_range(&nest.cache, NEST_RAM_L1 + 0x1000, 0x1000);
	ept02_invalidate_l1_range(&nest.cache, NEST_RAM_L1, 0);
	ck_assert(!empty(other));
	ept02_invalidate_l1_range(&nest.cache, 0, NEST_RAM_L1 + 1);
	ck_assert(empty(other));
	ck_assert_uint_eq(nest.cache.flush, 7);
	ck_assert_uint_eq(nest.cache.stats.invalidated, 3);
	/* Nothing left: nothing to do, nothing to flush. */
	nest.cache.flush = 0;
	ept02_invalidate_all(&nest.cache);
	ck_assert_uint_eq(nest.cache.flush, 0);
	ck_assert_uint_eq(nest.cache.pool.free, nest.cache.pool.total - EPT02_SLOTS);
}
END_TEST

START_TEST(eviction_takes_the_oldest_tree_and_at_last_its_own)
{
	struct ept02_slot *slot;

	nest_begin(&nest, EPT02_MIN_PAGES + EPT02_FILL_PAGES); /* two trees of three tables */
	nest_chain(LEAF);
	nest_set(1, 1, 0x2000 | EPT_RWX);
	nest_set(1, 2, 0x2000 | EPT_RWX);
	ck_assert_int_eq(nest_fill(&nest, eptp12(1), 0, EPT_R), EPT_FILLED);
	ck_assert_int_eq(nest_fill(&nest, eptp12(2), 0, EPT_R), EPT_FILLED);
	ck_assert_uint_eq(nest.cache.stats.evicted, 0);
	ck_assert_int_eq(nest_fill(&nest, eptp12(0), 0, EPT_R), EPT_FILLED);
	ck_assert(empty(&nest.cache.slot[0]) && !empty(&nest.cache.slot[1]));
	ck_assert_uint_eq(nest.cache.flush, 1);
	/* The same root grows: the other goes, then its own first tree. */
	ck_assert_int_eq(nest_fill(&nest, eptp12(0), UINT64_C(1) << 39, EPT_R), EPT_FILLED);
	ck_assert_uint_eq(nest.cache.flush, 3);
	ck_assert_int_eq(nest_fill(&nest, eptp12(0), UINT64_C(2) << 39, EPT_R), EPT_FILLED);
	ck_assert_uint_eq(nest.cache.flush, 7);
	slot = ept02_get(&nest.cache, eptp12(0));
	ck_assert_uint_eq(slot->pages.count, 3);
	ck_assert_uint_eq(arena_get(slot->root), 0);
	ck_assert_uint_ne(arena_get(slot->root + 2 * 8), 0);
	ck_assert_uint_eq(nest.cache.stats.evicted, 3);
}
END_TEST

TCase *slot_cases(void)
{
	TCase *tcase = tcase_create("slot");

	tcase_add_test(tcase, init_checks_its_arguments);
	tcase_add_test(tcase, roots_stay_cached_until_the_oldest_goes);
	tcase_add_test(tcase, invalidation_hits_what_it_names);
	tcase_add_test(tcase, eviction_takes_the_oldest_tree_and_at_last_its_own);
	return tcase;
}
