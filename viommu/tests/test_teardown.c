// SPDX-License-Identifier: Apache-2.0
/* Optimistic teardown: how many, how long, and what comes instead. */
#include "suites.h"
#include "world.h"

#define ENTRIES 8u
#define TICKS   1000u
#define DID     ((uint64_t)WORLD_DID << 16)

static struct world w;

static void begin(bool caching_mode)
{
	struct viommu_config config = world_config();

	config.teardown_entries = ENTRIES;
	config.teardown_ticks = TICKS;
	config.caching_mode = caching_mode;
	world_begin(&w, &config);
	world_translating(&w);
	world_queue(&w);
}

static void map(unsigned page, uint64_t l1)
{
	world_leaf(page, l1 | VTD_PTE_RW);
	ck_assert_int_eq(world_dma(&w, page * 0x1000, true), VIOMMU_OK);
}

static void invalidate(unsigned page)
{
	world_submit(&w, VTD_QI_IOTLB | 0x30 | DID, page * 0x1000);
}

static void unmap(unsigned page)
{
	world_leaf(page, 0);
	invalidate(page);
}

static bool reaches(unsigned page, uint64_t l1)
{
	return world_dma(&w, page * 0x1000, true) == VIOMMU_OK &&
	       world_hpa == WORLD_RAM_HPA + l1 - WORLD_RAM;
}

START_TEST(bounded_in_time)
{
	begin(false);
	map(1, WORLD_RAM);
	unmap(1);
	ck_assert(reaches(1, WORLD_RAM));
	ck_assert_uint_eq(w.u.stats.stale, 1);
	world_now = TICKS - 1;
	ck_assert(reaches(1, WORLD_RAM));
	ck_assert_uint_eq(w.u.stats.mapped, 1);
	world_now = TICKS;
	ck_assert(!reaches(1, WORLD_RAM));
	ck_assert_uint_eq(world_reason(&w), VIOMMU_FAULT_WRITE);
	ck_assert_uint_eq(w.u.stats.expired, 1);
	ck_assert_uint_eq(w.u.stats.mapped, 0);
	map(2, WORLD_RAM);
	unmap(2);
	viommu_expire(&w.u, TICKS + TICKS);
	ck_assert_uint_eq(w.u.stats.mapped, 0);
}
END_TEST

/* What is in the list of a domain that was dropped says nothing of the translations after that. */
START_TEST(each_death_has_its_own_time)
{
	begin(false);
	map(1, WORLD_RAM);
	unmap(1);
	world_submit(&w, VTD_QI_IOTLB | 0x20 | DID, 0);
	map(1, WORLD_RAM);
	world_now = TICKS / 2;
	unmap(1);
	world_now = TICKS + 1;
	ck_assert(reaches(1, WORLD_RAM));
	world_now = TICKS + TICKS / 2;
	ck_assert(!reaches(1, WORLD_RAM));
}
END_TEST

START_TEST(bounded_in_number)
{
	begin(false);
	for (unsigned i = 0; i < 20; i++)
		map(i, WORLD_RAM + i * 0x1000);
	for (unsigned i = 0; i < 20; i++)
		unmap(i);
	ck_assert_uint_eq(w.u.stats.mapped, ENTRIES);
	for (unsigned i = 0; i < 20; i++)
		ck_assert_int_eq(reaches(i, WORLD_RAM + i * 0x1000), i >= 20 - ENTRIES);
	ck_assert_uint_eq(w.u.stats.kept, 20);
	ck_assert_uint_eq(w.u.stats.expired, 20 - ENTRIES);
}
END_TEST

START_TEST(the_same_mapping_again)
{
	begin(false);
	for (unsigned i = 0; i < 100; i++) {
		map(1, WORLD_RAM);
		unmap(1);
	}
	ck_assert_uint_eq(w.u.stats.reused, 99);
	ck_assert_uint_eq(w.u.stats.mapped, 1);
	map(1, WORLD_RAM);
	world_now = 10 * TICKS;
	viommu_expire(&w.u, world_now);
	ck_assert(reaches(1, WORLD_RAM)); /* it lives */
	ck_assert_uint_eq(w.u.stats.stale, 0);
}
END_TEST

static enum viommu_verdict mapped(unsigned page, uint64_t *hpa)
{
	return viommu_mapped(&w.u, WORLD_DEV, page * 0x1000 + 8, true, hpa);
}

/* The window: what L1's tables say has changed, what a DMA reaches has not. */
START_TEST(tables_are_ahead)
{
	uint64_t hpa = 0;

	begin(false);
	map(1, WORLD_RAM);
	ck_assert_int_eq(mapped(1, &hpa), VIOMMU_OK);
	ck_assert_uint_eq(hpa, WORLD_RAM_HPA + 8);
	world_leaf(1, 0);
	ck_assert_int_eq(mapped(1, &hpa), VIOMMU_FAULT);
	ck_assert(reaches(1, WORLD_RAM)); /* nobody has told the unit */
	invalidate(1);
	ck_assert(reaches(1, WORLD_RAM)); /* dead, and kept */
	ck_assert_int_eq(mapped(1, &hpa), VIOMMU_FAULT);
	world_now = TICKS;
	ck_assert(!reaches(1, WORLD_RAM));
	world_leaf(1, (WORLD_RAM + 0x5000) | VTD_PTE_R);
	ck_assert_int_eq(mapped(1, &hpa), VIOMMU_FAULT); /* it is to be written */
	ck_assert_int_eq(viommu_mapped(&w.u, WORLD_DEV, 0x1000, false, &hpa), VIOMMU_OK);
	ck_assert_uint_eq(hpa, WORLD_RAM_HPA + 0x5000);
	ck_assert_int_eq(viommu_mapped(&w.u, WORLD_DEV, VTD_MSI_BASE, true, &hpa),
			 VIOMMU_INTERRUPT);
	ck_assert_uint_eq(w.u.stats.recorded, 1);
}
END_TEST

/* What is there now counts, whatever was there before: without an invalidation, and with it. */
START_TEST(another_mapping)
{
	begin(false);
	map(1, WORLD_RAM);
	unmap(1);
	world_leaf(1, (WORLD_RAM + 0x5000) | VTD_PTE_RW);
	ck_assert(reaches(1, WORLD_RAM + 0x5000));
	ck_assert_uint_eq(w.u.stats.reused, 0);
	begin(true);
	map(1, WORLD_RAM);
	unmap(1);
	world_leaf(1, (WORLD_RAM + 0x5000) | VTD_PTE_RW);
	invalidate(1);
	ck_assert(reaches(1, WORLD_RAM + 0x5000));
}
END_TEST

/* Fewer rights, reserved bits, the interrupt range: what is there says no, and that it is so. */
START_TEST(another_that_forbids)
{
	static const struct {
		uint64_t leaf;
		unsigned reason;
	} rows[] = {
		{WORLD_RAM | VTD_PTE_R, VIOMMU_FAULT_WRITE},
		{WORLD_RAM | VTD_PTE_RW | VTD_PTE_TM, VIOMMU_FAULT_TABLE_RESERVED},
		{VTD_MSI_BASE | VTD_PTE_RW, VIOMMU_FAULT_OUTPUT_INTERRUPT},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(i % 2);
		map(1, WORLD_RAM);
		unmap(1);
		world_leaf(1, rows[i].leaf);
		if (i % 2)
			invalidate(1);
		ck_assert(!reaches(1, WORLD_RAM));
		ck_assert_uint_eq(world_reason(&w), rows[i].reason);
		ck_assert_uint_eq(w.u.stats.stale, 0);
	}
}
END_TEST

START_TEST(caching_mode_revives)
{
	begin(true);
	map(1, WORLD_RAM);
	unmap(1);
	world_leaf(1, WORLD_RAM | VTD_PTE_RW);
	invalidate(1);
	ck_assert_uint_eq(w.u.stats.reused, 1);
	world_now = 10 * TICKS;
	viommu_expire(&w.u, world_now);
	ck_assert(reaches(1, WORLD_RAM));
	ck_assert_uint_eq(w.u.stats.filled[1], 1);
}
END_TEST

START_TEST(coarse_invalidations_are_strict)
{
	static const uint64_t coarse[][2] = {
		{VTD_QI_IOTLB | 0x10, 0},
		{VTD_QI_IOTLB | 0x20 | DID, 0},
		{VTD_QI_IOTLB | 0x30 | DID, 10}, /* 4 MiB */
	};

	for (unsigned i = 0; i < 3; i++) {
		begin(false);
		map(1, WORLD_RAM);
		unmap(1);
		map(2, WORLD_RAM);
		world_leaf(2, 0);
		world_submit(&w, coarse[i][0], coarse[i][1]);
		ck_assert(!reaches(1, WORLD_RAM));
		ck_assert(!reaches(2, WORLD_RAM));
		ck_assert_uint_eq(w.u.stats.mapped, 0);
	}
}
END_TEST

/* The machine loses a frame: no dead translation leads there any more. */
START_TEST(never_out_of_the_machine)
{
	begin(false);
	map(1, WORLD_RAM);
	unmap(1);
	ck_assert_int_eq(ept01_unmap(&w.ept01, WORLD_RAM, 0x1000), 0);
	viommu_l1_changed(&w.u);
	ck_assert(!reaches(1, WORLD_RAM));
	/* A domain's slot that another has taken: the list's records do not touch that one's pages.
	 */
	begin(false);
	map(1, WORLD_RAM);
	unmap(1);
	world_submit(&w, VTD_QI_IOTLB | 0x10, 0);
	map(1, WORLD_RAM + 0x1000);
	viommu_expire(&w.u, 10 * TICKS);
	ck_assert(reaches(1, WORLD_RAM + 0x1000));
}
END_TEST

TCase *teardown_cases(void)
{
	TCase *tcase = tcase_create("teardown");

	tcase_add_test(tcase, bounded_in_time);
	tcase_add_test(tcase, each_death_has_its_own_time);
	tcase_add_test(tcase, bounded_in_number);
	tcase_add_test(tcase, the_same_mapping_again);
	tcase_add_test(tcase, tables_are_ahead);
	tcase_add_test(tcase, another_mapping);
	tcase_add_test(tcase, another_that_forbids);
	tcase_add_test(tcase, caching_mode_revives);
	tcase_add_test(tcase, coarse_invalidations_are_strict);
	tcase_add_test(tcase, never_out_of_the_machine);
	return tcase;
}
