// SPDX-License-Identifier: Apache-2.0
#include "arena.h"
#include "ept_format.h"
#include "ept_pool.h"
#include "suites.h"

START_TEST(init_refuses_what_it_cannot_use)
{
	struct ept_pool pool;

	ck_assert_int_eq(ept_pool_init(&pool, 0, 8), EPT_EINVAL);
	ck_assert_int_eq(ept_pool_init(&pool, ARENA_EPT01 + 8, 8), EPT_EINVAL);
	ck_assert_int_eq(ept_pool_init(&pool, ARENA_EPT01, 0), EPT_EINVAL);
	ck_assert_int_eq(ept_pool_init(&pool, ARENA_EPT01, 1), EPT_EINVAL);
	ck_assert_int_eq(ept_pool_init(&pool, ARENA_EPT01, 2), 0);
	ck_assert_uint_eq(pool.total, 1);
	/* 512 links fill a page. */
	ck_assert_int_eq(ept_pool_init(&pool, ARENA_EPT01, 512), 0);
	ck_assert_uint_eq(pool.total, 511);
	ck_assert_int_eq(ept_pool_init(&pool, ARENA_EPT02, 513), 0);
	ck_assert_uint_eq(pool.total, 511);
}
END_TEST

START_TEST(pages_are_zeroed_distinct_and_counted)
{
	struct ept_pages list = {0};
	struct ept_pool pool;
	uint64_t page[3];

	ck_assert_int_eq(ept_pool_init(&pool, ARENA_EPT01, 4), 0);
	for (unsigned i = 0; i < 3; i++) {
		arena_set(ARENA_EPT01 + (i + 1) * 4096, 0xdead);
		page[i] = ept_pool_alloc(&pool, &list);
		ck_assert_uint_eq(page[i], ARENA_EPT01 + (i + 1) * 4096);
		ck_assert_uint_eq(arena_get(page[i]), 0);
	}
	ck_assert_uint_eq(ept_pool_alloc(&pool, &list), 0);
	ck_assert_uint_eq(list.count, 3);
	ck_assert_uint_eq(pool.free, 0);
	ept_pool_free(&pool, &list, page[1]); /* from the middle, */
	ept_pool_free(&pool, &list, page[0]); /* the tail, */
	ept_pool_free(&pool, &list, page[2]); /* the last one */
	ck_assert_uint_eq(list.count, 0);
	ck_assert_uint_eq(pool.free, 3);
	ck_assert_uint_eq(pool.low, 0);
	ck_assert_uint_eq(ept_pool_alloc(&pool, &list), page[2]);
}
END_TEST

START_TEST(a_whole_list_goes_back_at_once)
{
	struct ept_pages one = {0}, two = {0};
	struct ept_pool pool;

	ck_assert_int_eq(ept_pool_init(&pool, ARENA_EPT01, 64), 0);
	for (unsigned round = 0; round < 4; round++) {
		for (unsigned i = 0; i < 30; i++) {
			ck_assert_uint_ne(ept_pool_alloc(&pool, &one), 0);
			ck_assert_uint_ne(ept_pool_alloc(&pool, &two), 0);
		}
		ck_assert_uint_eq(pool.free, 3);
		arena_calls = 0;
		ept_pool_free_all(&pool, &one);
		ck_assert_uint_eq(arena_calls, 1);
		ck_assert_uint_eq(pool.free, 33);
		ept_pool_free_all(&pool, &two);
		ept_pool_free_all(&pool, &two); /* empty: nothing */
		ck_assert_uint_eq(pool.free, 63);
	}
	ck_assert_uint_eq(pool.low, 3);
}
END_TEST

TCase *pool_cases(void)
{
	TCase *tcase = tcase_create("pool");

	tcase_add_test(tcase, init_refuses_what_it_cannot_use);
	tcase_add_test(tcase, pages_are_zeroed_distinct_and_counted);
	tcase_add_test(tcase, a_whole_list_goes_back_at_once);
	return tcase;
}
