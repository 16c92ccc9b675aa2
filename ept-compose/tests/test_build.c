// SPDX-License-Identifier: Apache-2.0
#include "arena.h"
#include "ept_build.h"
#include "ept_walk.h"
#include "model.h"
#include "suites.h"
#include "trees.h"

#define GIB UINT64_C(0x40000000)
#define MIB UINT64_C(0x100000)

static const struct ept_caps hw = {46, true, true, true};
static struct ept_pool pool;
static struct ept01 ept01;

static void begin(const struct ept_caps *caps, uint32_t pages)
{
	ck_assert_int_eq(ept_pool_init(&pool, ARENA_EPT01, pages), 0);
	ck_assert_int_eq(ept01_init(&ept01, &pool, caps), 0);
}

START_TEST(leaves_are_as_large_as_alignment_allows)
{
	static const struct {
		uint64_t gpa, hpa, size, at, leaf;
		bool page_1g;
	} rows[] = {
		{0, 4 * GIB, GIB, 5, GIB, true},
		{0, 4 * GIB, GIB, 5, 2 * MIB, false},
		{0, 4 * GIB + 2 * MIB, GIB, 5, 2 * MIB, true},
		{0, 4 * GIB + 4096, 4 * MIB, 5, 4096, true},
		{4096, 4 * GIB + 4096, 2 * GIB, 4096, 4096, true},
		{4096, 4 * GIB + 4096, 2 * GIB, 2 * MIB, 2 * MIB, true},
		{4096, 4 * GIB + 4096, 2 * GIB, GIB + 7, GIB, true},
		{4096, 4 * GIB + 4096, 2 * GIB, 2 * GIB, 4096, true},
	};
	struct ept_walk walk;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ept_caps caps = hw;

		caps.page_1g = rows[i].page_1g;
		begin(&caps, EPT01_PAGES);
		ck_assert_int_eq(ept01_map(&ept01, rows[i].gpa, rows[i].hpa, rows[i].size,
					   EPT_R | EPT_X | EPT_IPAT, EPT_WB),
				 0);
		ept01_walk(&ept01, rows[i].at, &walk);
		ck_assert_int_eq(walk.status, EPT_WALK_OK);
		ck_assert_uint_eq(UINT64_C(1) << walk.shift, rows[i].leaf);
		ck_assert_uint_eq(walk.addr, rows[i].hpa + rows[i].at - rows[i].gpa);
		ck_assert_uint_eq(walk.rights, EPT_R | EPT_X);
		ck_assert_uint_eq(walk.memtype, EPT_WB);
		ck_assert(walk.ipat);
		ept01_walk(&ept01, rows[i].gpa + rows[i].size, &walk);
		ck_assert_int_eq(walk.status, EPT_WALK_VIOLATION);
		ept01_destroy(&ept01);
		ck_assert_uint_eq(pool.free, pool.total);
	}
}
END_TEST

/* Of 1 GiB one page, then its neighbour: the same translation, by tables that two pages hold. */
START_TEST(a_page_gets_a_leaf_of_its_own)
{
	uint64_t at = 5 * MIB + 4096;
	struct ept_walk walk;

	begin(&hw, 8);
	ck_assert_int_eq(ept01_map(&ept01, 0, 4 * GIB, GIB, EPT_RWX, EPT_WB), 0);
	for (uint32_t free = pool.free - 2; at < 5 * MIB + 3 * 4096; at += 4096) {
		ck_assert_int_eq(ept01_split(&ept01, at), 0);
		ck_assert_uint_eq(pool.free, free);
		ept01_walk(&ept01, at, &walk);
		ck_assert_uint_eq(walk.shift, 12);
		ck_assert_uint_eq(walk.addr, 4 * GIB + at);
		ck_assert_uint_eq(walk.rights, EPT_RWX);
		ck_assert_uint_eq(walk.memtype, EPT_WB);
	}
	ept01_walk(&ept01, 8 * MIB, &walk);
	ck_assert_uint_eq(walk.shift, 21);
	ck_assert_int_eq(ept01_split(&ept01, GIB), EPT_EINVAL);
	while (pool.free)
		ept_pool_alloc(&pool, &ept01.pages);
	ck_assert_int_eq(ept01_split(&ept01, 8 * MIB), EPT_ENOMEM);
	ept01_walk(&ept01, 8 * MIB, &walk);
	ck_assert_uint_eq(walk.shift, 21);
	ept01_destroy(&ept01);
}
END_TEST

START_TEST(bad_arguments_change_nothing)
{
	static const struct ept_caps plain = {46, false, true, true};
	uint64_t end = UINT64_C(1) << 48;

	begin(&plain, 8);
	ck_assert_int_eq(ept01_map(&ept01, 1, 0, 4096, EPT_R, EPT_WB), EPT_EINVAL);
	ck_assert_int_eq(ept01_map(&ept01, 0, 8, 4096, EPT_R, EPT_WB), EPT_EINVAL);
	ck_assert_int_eq(ept01_map(&ept01, 0, 0, 4095, EPT_R, EPT_WB), EPT_EINVAL);
	ck_assert_int_eq(ept01_map(&ept01, end, 0, 4096, EPT_R, EPT_WB), EPT_EINVAL);
	ck_assert_int_eq(ept01_map(&ept01, 4096, 0, end, EPT_R, EPT_WB), EPT_EINVAL);
	ck_assert_int_eq(ept01_map(&ept01, 0, UINT64_C(1) << 46, 4096, EPT_R, EPT_WB), EPT_EINVAL);
	ck_assert_int_eq(ept01_map(&ept01, 0, 0, 4096, 0, EPT_WB), EPT_EINVAL);
	ck_assert_int_eq(ept01_map(&ept01, 0, 0, 4096, EPT_W, EPT_WB), EPT_EINVAL);
	ck_assert_int_eq(ept01_map(&ept01, 0, 0, 4096, EPT_X, EPT_WB), EPT_EINVAL);
	ck_assert_int_eq(ept01_map(&ept01, 0, 0, 4096, EPT_RWX | EPT_LARGE, EPT_WB), EPT_EINVAL);
	ck_assert_int_eq(ept01_map(&ept01, 0, 0, 4096, EPT_R, 2), EPT_EINVAL);
	ck_assert_int_eq(ept01_map(&ept01, 0, 0, 4096, EPT_R, 7), EPT_EINVAL);
	ck_assert_int_eq(ept01_unmap(&ept01, 0, 4095), EPT_EINVAL);
	ck_assert_int_eq(ept01_map(&ept01, 0, 0, 0, EPT_R, EPT_WB), 0);
	ck_assert_uint_eq(ept01.pages.count, 1);
	ck_assert_uint_eq(ept01_eptp(&ept01), ept01.root | 6 | 3 << 3);
	ck_assert(ept_eptp_valid(ept01_eptp(&ept01), &plain));
}
END_TEST

START_TEST(an_empty_pool_is_an_error)
{
	struct ept01 other;
	struct ept_walk walk;

	begin(&hw, 4); /* the root and two tables */
	ck_assert_int_eq(ept01_map(&ept01, 0, 0, 4096, EPT_RWX, EPT_WB), EPT_ENOMEM);
	ck_assert_int_eq(ept01_map(&ept01, 0, 0, GIB, EPT_RWX, EPT_WB), 0);
	ck_assert_int_eq(ept01_unmap(&ept01, 0x1000, 0x1000), EPT_ENOMEM);
	/* A split that failed has lost nothing. */
	ept01_walk(&ept01, 0x1000, &walk);
	ck_assert_int_eq(walk.status, EPT_WALK_OK);
	ck_assert_uint_eq(walk.addr, 0x1000);
	ck_assert_int_eq(ept01_init(&other, &pool, &hw), EPT_ENOMEM);
}
END_TEST

/* What the last change that touched an address says about it. */
struct said {
	uint64_t gpa, hpa, size, rights;
	unsigned type;
};

static void compare_at(const struct said *said, unsigned changes, uint64_t gpa)
{
	struct model_walk got = model_walk_host(ept01.root, gpa, &hw);
	const struct said *last = NULL;

	for (unsigned i = 0; i < changes; i++)
		if (gpa >= said[i].gpa && gpa - said[i].gpa < said[i].size)
			last = &said[i];
	if (!last || !last->rights) {
		EXPECT(got.end == MODEL_ABSENT);
		return;
	}
	EXPECT(got.end == MODEL_PAGE);
	EXPECT(got.to == last->hpa + (gpa - last->gpa));
	EXPECT(got.r + 2u * got.w + 4u * got.x == last->rights);
	EXPECT(got.type == last->type);
}

static void random_change(struct prng *prng, struct said *said)
{
	static const uint8_t rights[] = {0, 0, 1, 3, 4, 5, 7};
	static const uint8_t shifts[] = {12, 12, 20, 21, 21, 30};
	uint64_t unit = UINT64_C(1) << shifts[prng_below(prng, sizeof(shifts))];

	said->gpa = prng_below(prng, 4 * GIB / unit) * unit;
	said->hpa = prng_below(prng, 4 * GIB / unit) * unit;
	said->size = (1 + prng_below(prng, 4)) * unit;
	said->rights = rights[prng_below(prng, sizeof(rights))];
	said->type = prng_percent(prng, 50) ? EPT_WB : EPT_WT;
}

static void random_history(struct prng *prng)
{
	struct said said[12];

	begin(&hw, EPT01_PAGES);
	for (unsigned i = 0; i < 12; i++) {
		struct said *now = &said[i];

		random_change(prng, now);
		if (now->rights)
			EXPECT(!ept01_map(&ept01, now->gpa, now->hpa, now->size, now->rights,
					  now->type));
		else
			EXPECT(!ept01_unmap(&ept01, now->gpa, now->size));
		for (unsigned n = 0; n <= i; n++) {
			compare_at(said, i + 1, said[n].gpa);
			compare_at(said, i + 1, said[n].gpa - 1);
			compare_at(said, i + 1, said[n].gpa + said[n].size - 1);
			compare_at(said, i + 1, said[n].gpa + said[n].size);
			compare_at(said, i + 1, said[n].gpa + prng_below(prng, said[n].size));
		}
	}
	EXPECT(ept01.pages.count + pool.free == pool.total);
	ept01_destroy(&ept01);
	EXPECT(pool.free == pool.total);
}

START_TEST(maps_and_unmaps_overlay_each_other)
{
	struct prng prng = {0xb01d};

	for (unsigned i = 0; i < 300; i++)
		random_history(&prng);
}
END_TEST

TCase *build_cases(void)
{
	TCase *tcase = tcase_create("build");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, leaves_are_as_large_as_alignment_allows);
	tcase_add_test(tcase, a_page_gets_a_leaf_of_its_own);
	tcase_add_test(tcase, bad_arguments_change_nothing);
	tcase_add_test(tcase, an_empty_pool_is_an_error);
	tcase_add_test(tcase, maps_and_unmaps_overlay_each_other);
	return tcase;
}
