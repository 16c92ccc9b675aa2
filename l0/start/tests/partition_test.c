// SPDX-License-Identifier: Apache-2.0
/* Two machines' memory, from the RAM that is divided to the tables that map it. */
#include <stdlib.h>
#include <string.h>

#include "ept_build.h"
#include "memory/frames.h"
#include "start/partition.h"
#include "suites.h"

#define MIB        (UINT64_C(1) << 20)
#define GIB        (UINT64_C(1) << 30)
#define POOL_PAGES 64u

static const struct ept_caps caps = {.maxphyaddr = 52, .page_1g = true};

static struct partition partition;
static struct ept_pool pool[MACHINES];
static struct ept01 ept01[MACHINES];
static void *pages[MACHINES];

/* RAM at addresses where none of the test's own memory is: the tables are memory, what they map is
 * not. */
static const uint64_t ram[MACHINES] = {GIB, 3 * GIB};

static void make_ept01(unsigned number)
{
	size_t bytes = POOL_PAGES * EPT_PAGE_SIZE;

	pages[number] = aligned_alloc(EPT_PAGE_SIZE, bytes);
	ck_assert_ptr_nonnull(pages[number]);
	memset(pages[number], 0, bytes);
	ck_assert_int_eq(ept_pool_init(&pool[number], (uintptr_t)pages[number], POOL_PAGES), 0);
	ck_assert_int_eq(ept01_init(&ept01[number], &pool[number], &caps), 0);
}

static void map(unsigned number, uint64_t gpa, uint64_t hpa, uint64_t size)
{
	ck_assert_int_eq(ept01_map(&ept01[number], gpa, hpa, size, EPT_RWX, EPT_WB), 0);
}

/* Leaves of every size: a GiB, some of 2 MiB, and pages. */
static void setup(void)
{
	partition = (struct partition){0};
	for (unsigned i = 0; i < MACHINES; i++) {
		make_ept01(i);
		map(i, 0, ram[i], GIB + 4 * MIB + 3 * EPT_PAGE_SIZE);
		ck_assert(partition_add(&partition, i, ram[i], GIB + 4 * MIB + 3 * EPT_PAGE_SIZE));
		ck_assert(partition_add(&partition, PARTITION_L0, (uintptr_t)pages[i],
					POOL_PAGES * EPT_PAGE_SIZE));
	}
}

static void teardown(void)
{
	for (unsigned i = 0; i < MACHINES; i++)
		free(pages[i]);
}

START_TEST(what_is_right_holds)
{
	ck_assert(partition_disjoint(&partition));
	for (unsigned i = 0; i < MACHINES; i++)
		ck_assert(partition_holds(&partition, i, ept01[i].root));
}
END_TEST

START_TEST(not_by_the_others_table)
{
	ck_assert(!partition_holds(&partition, 0, ept01[1].root));
	ck_assert(!partition_holds(&partition, 1, ept01[0].root));
}
END_TEST

/* What machine 0 must not reach: one leaf of it is enough. */
static const struct {
	uint64_t hpa, size;
} strange[] = {
	{3 * GIB, EPT_PAGE_SIZE},                               /* the other's first page */
	{4 * GIB + 4 * MIB + 2 * EPT_PAGE_SIZE, EPT_PAGE_SIZE}, /* its last */
	{3 * GIB, 2 * MIB},
	{3 * GIB, GIB},
	{2 * GIB + 4 * MIB + 3 * EPT_PAGE_SIZE, EPT_PAGE_SIZE}, /* the page behind its own */
	{2 * GIB + 4 * MIB, 2 * MIB},                           /* begins in its own, ends behind */
	{0, EPT_PAGE_SIZE},                                     /* nobody's */
};

START_TEST(one_leaf_is_found)
{
	map(0, 8 * GIB, strange[_i].hpa, strange[_i].size);
	ck_assert(!partition_holds(&partition, 0, ept01[0].root));
	ck_assert(partition_holds(&partition, 1, ept01[1].root));
}
END_TEST

START_TEST(l0s_tables_are_found)
{
	map(0, 8 * GIB, (uintptr_t)pages[1], EPT_PAGE_SIZE);
	ck_assert(!partition_holds(&partition, 0, ept01[0].root));
}
END_TEST

/* A table in a guest's memory could be written by it. */
START_TEST(tables_are_out_of_reach)
{
	ck_assert(partition_add(&partition, 1, (uintptr_t)pages[0], POOL_PAGES * EPT_PAGE_SIZE));
	ck_assert(!partition_disjoint(&partition));
	ck_assert(!partition_holds(&partition, 0, ept01[0].root));
	ck_assert(partition_holds(&partition, 1, ept01[1].root));
}
END_TEST

START_TEST(overlaps_are_found)
{
	ck_assert(partition_add(&partition, 0, ram[1] - EPT_PAGE_SIZE, EPT_PAGE_SIZE));
	ck_assert(partition_disjoint(&partition));
	ck_assert(partition_add(&partition, 0, ram[1] + GIB, 1));
	ck_assert(!partition_disjoint(&partition));
}
END_TEST

START_TEST(too_many_ranges_are_refused)
{
	unsigned added = partition.ranges;

	while (partition_add(&partition, 0, 8 * GIB + added * EPT_PAGE_SIZE, EPT_PAGE_SIZE))
		added++;
	ck_assert_uint_eq(added, PARTITION_RANGES);
	ck_assert(partition_add(&partition, 0, 0, 0));
}
END_TEST

/* Two machines get what there is, although the first is aligned to a GiB. */
START_TEST(ram_above_the_first_is_the_seconds)
{
	struct frames f = {0};
	uint64_t first, second;

	frames_add(&f, MIB, 3 * GIB - MIB - 300 * MIB);
	first = frames_take_guest(&f, GIB);
	second = frames_take_guest(&f, 700 * MIB);
	ck_assert_uint_eq(first, GIB);
	ck_assert_uint_eq(second, 2 * GIB);
	ck_assert_uint_eq(frames_left(&f), 3 * GIB - MIB - 300 * MIB - GIB - 700 * MIB);
	ck_assert_uint_eq(frames_take(&f, MIB), MIB);
}
END_TEST

TCase *partition_cases(void)
{
	TCase *cases = tcase_create("partition");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, what_is_right_holds);
	tcase_add_test(cases, not_by_the_others_table);
	tcase_add_loop_test(cases, one_leaf_is_found, 0, sizeof(strange) / sizeof(strange[0]));
	tcase_add_test(cases, l0s_tables_are_found);
	tcase_add_test(cases, tables_are_out_of_reach);
	tcase_add_test(cases, overlaps_are_found);
	tcase_add_test(cases, too_many_ranges_are_refused);
	tcase_add_test(cases, ram_above_the_first_is_the_seconds);
	return cases;
}
