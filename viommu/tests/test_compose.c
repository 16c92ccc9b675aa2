// SPDX-License-Identifier: Apache-2.0
/* What is composed: sizes, rights, what stays and what goes. */
#include "suites.h"
#include "viommu_table.h"
#include "world.h"

#define TABLE(n)       (WORLD_TABLES + (n)*0x1000)
#define DID            ((uint64_t)WORLD_DID << 16)
#define PAGES(address) VTD_QI_IOTLB | UINT64_C(0x30) | DID, (address)

static struct world w;

static void begin_with(const struct viommu_config *config)
{
	world_begin(&w, config);
	world_translating(&w);
	world_queue(&w);
}

static void begin(void)
{
	struct viommu_config config = world_config();

	begin_with(&config);
}

static unsigned composed_level(uint64_t iova)
{
	unsigned level = 0;

	for (unsigned i = 0; i < VIOMMU_DOMAINS; i++) {
		if (w.u.domain[i].did == WORLD_DID &&
		    viommu_table_find(&w.u.domain[i], iova, &level))
			return level;
	}
	return 0;
}

/* The smaller of L1's page and EPT01's. */
START_TEST(sizes)
{
	static const struct {
		unsigned table; /* where the leaf is */
		uint64_t l1, iova, size;
		unsigned level;
	} rows[] = {
		{3, WORLD_RAM + 0x5000, 0x10, 0x1000, 1},
		{2, WORLD_RAM + 0x200000, 0x10, 0x200000, 2},
		{1, WORLD_RAM, 0x10, 0x40000000, 3},
		{1, 0, 0x3010, 0x200000, 2}, /* EPT01 has 2 MiB there */
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t ps = rows[i].table < 3 ? VTD_PTE_PS : 0, hpa;

		begin();
		world_set(TABLE(rows[i].table), rows[i].l1 | VTD_PTE_RW | ps);
		for (unsigned again = 0; again < 2; again++) {
			ck_assert_int_eq(world_dma(&w, rows[i].iova, true), VIOMMU_OK);
			hpa = rows[i].l1 ? WORLD_RAM_HPA + rows[i].l1 - WORLD_RAM : ARENA_L1;
			ck_assert_uint_eq(world_hpa, hpa + rows[i].iova);
			ck_assert_uint_eq(world_size, rows[i].size - rows[i].iova);
		}
		ck_assert_uint_eq(composed_level(rows[i].iova), rows[i].level);
		ck_assert_uint_eq(w.u.stats.filled[rows[i].level], 1);
		ck_assert_uint_eq(w.u.stats.mapped, rows[i].size / 0x1000);
	}
}
END_TEST

/* The table of 4 KiB leaves used last is remembered, and no longer when it goes. */
START_TEST(table_replaced)
{
	static const uint64_t goes[][2] = {
		{PAGES(9)}, {PAGES(18)}, {VTD_QI_IOTLB | UINT64_C(0x20) | DID, 0}};

	for (unsigned i = 0; i < sizeof(goes) / sizeof(goes[0]); i++) {
		begin();
		world_leaf(0, WORLD_RAM | VTD_PTE_RW);
		ck_assert_int_eq(world_dma(&w, 0, true), VIOMMU_OK);
		ck_assert_uint_eq(composed_level(0), 1);
		world_set(TABLE(2), (WORLD_RAM + 0x200000) | VTD_PTE_RW | VTD_PTE_PS);
		world_submit(&w, goes[i][0], goes[i][1]);
		ck_assert_uint_eq(composed_level(0), 0);
		ck_assert_int_eq(world_dma(&w, 0, true), VIOMMU_OK);
		ck_assert_uint_eq(world_hpa, WORLD_RAM_HPA + 0x200000);
		ck_assert_uint_eq(composed_level(0), 2);
		world_submit(&w, PAGES(0x5000));
		ck_assert_uint_eq(composed_level(0), 0);
		ck_assert_uint_eq(w.u.stats.mapped, 0);
	}
}
END_TEST

START_TEST(three_levels)
{
	begin();
	world_context(WORLD_DEV, TABLE(1) | 1, 1 | WORLD_DID << VTD_CONTEXT_DID_LOW);
	world_leaf(7, WORLD_RAM | VTD_PTE_RW);
	ck_assert_int_eq(world_dma(&w, 0x7abc, true), VIOMMU_OK);
	ck_assert_uint_eq(world_hpa, WORLD_RAM_HPA + 0xabc);
	world_set(TABLE(1) + 511 * 8, WORLD_RAM | VTD_PTE_RW | VTD_PTE_PS);
	ck_assert_int_eq(world_dma(&w, VTD_MASK(38, 12), true), VIOMMU_OK);
	ck_assert_uint_eq(world_hpa, WORLD_RAM_HPA + 0x3ffff000);
}
END_TEST

START_TEST(rights_of_both)
{
	begin();
	world_leaf(0, WORLD_RAM | VTD_PTE_R);
	world_leaf(1, WORLD_ROM | VTD_PTE_RW);
	world_leaf(2, WORLD_HOLE | VTD_PTE_RW);
	world_leaf(3, WORLD_DEVICE | VTD_PTE_RW);
	world_leaf(4, WORLD_RAM | VTD_PTE_W);
	ck_assert_int_eq(world_dma(&w, 0, false), VIOMMU_OK);
	ck_assert_int_eq(world_dma(&w, 0, true), VIOMMU_FAULT);
	ck_assert_int_eq(world_dma(&w, 0x1000, false), VIOMMU_OK);
	ck_assert_int_eq(world_dma(&w, 0x1000, true), VIOMMU_ABORT);
	ck_assert_int_eq(world_dma(&w, 0x2000, false), VIOMMU_ABORT);
	ck_assert_int_eq(world_dma(&w, 0x3000, false), VIOMMU_ABORT);
	ck_assert_int_eq(world_dma(&w, 0x4000, true), VIOMMU_OK);
	ck_assert_int_eq(world_dma(&w, 0x4000, false), VIOMMU_FAULT);
	ck_assert_uint_eq(w.u.stats.aborted, 3);
	ck_assert_uint_eq(w.u.stats.mapped, 3);
	/* More rights are found without an invalidation. */
	world_leaf(0, WORLD_RAM | VTD_PTE_RW);
	ck_assert_int_eq(world_dma(&w, 0, true), VIOMMU_OK);
	ck_assert_uint_eq(w.u.stats.mapped, 3);
}
END_TEST

START_TEST(pass_through_and_off)
{
	begin();
	world_context(WORLD_DEV, VTD_TT_PASS << 2 | 1, 2);
	ck_assert_int_eq(world_dma(&w, WORLD_RAM + 5, true), VIOMMU_OK);
	ck_assert_uint_eq(world_hpa, WORLD_RAM_HPA + 5);
	ck_assert_uint_eq(world_size, WORLD_RAM_SIZE - 5);
	ck_assert_int_eq(world_dma(&w, WORLD_ROM, true), VIOMMU_ABORT);
	ck_assert_int_eq(world_dma(&w, WORLD_HOLE, false), VIOMMU_ABORT);
	ck_assert_int_eq(world_dma(&w, UINT64_C(1) << 48, false), VIOMMU_FAULT);
	world_command(&w, VTD_GCMD_TE, false);
	ck_assert_int_eq(world_dma(&w, WORLD_RAM + 5, true), VIOMMU_OK);
	ck_assert_int_eq(world_dma(&w, UINT64_MAX, false), VIOMMU_ABORT);
	ck_assert_uint_eq(w.u.stats.mapped, 0);
}
END_TEST

START_TEST(the_interrupt_range)
{
	begin();
	ck_assert_int_eq(world_dma(&w, VTD_MSI_BASE, true), VIOMMU_INTERRUPT);
	ck_assert_int_eq(world_dma(&w, 0xfeefffff, true), VIOMMU_INTERRUPT);
	ck_assert_int_eq(world_dma(&w, VTD_MSI_BASE, false), VIOMMU_ABORT);
	/* A page around it ends before it. */
	world_set(TABLE(1) + 3 * 8, WORLD_RAM | VTD_PTE_RW | VTD_PTE_PS);
	ck_assert_int_eq(world_dma(&w, 0xfed00000, true), VIOMMU_OK);
	ck_assert_uint_eq(world_size, 0x100000);
	ck_assert_int_eq(world_dma(&w, 0xfef00000, true), VIOMMU_OK);
	ck_assert_uint_eq(world_size, 0x1100000);
}
END_TEST

/* Strict: what was invalidated is gone when the wait descriptor is answered; the rest stays. */
START_TEST(invalidation_takes_out_its_pages_only)
{
	begin();
	for (unsigned i = 0; i < 512; i++) {
		world_leaf(i, (WORLD_RAM + i * 0x2000) | VTD_PTE_RW);
		ck_assert_int_eq(world_dma(&w, i * 0x1000, true), VIOMMU_OK);
	}
	ck_assert_uint_eq(w.u.stats.mapped, 512);
	for (unsigned i = 0; i < 512; i++)
		world_leaf(i, 0);
	world_submit(&w, PAGES(0x10004)); /* 16 pages */
	world_submit(&w, VTD_QI_WAIT | VTD_QI_WAIT_SW | UINT64_C(1) << 32, WORLD_STATUS);
	ck_assert_uint_eq(world_get(WORLD_STATUS), 1);
	ck_assert_uint_eq(w.u.stats.mapped, 496);
	for (unsigned i = 0; i < 512; i++)
		ck_assert_int_eq(world_dma(&w, i * 0x1000, true),
				 i / 16 == 1 ? VIOMMU_FAULT : VIOMMU_OK);
	world_submit(&w, PAGES(0x5000));
	ck_assert_uint_eq(w.u.stats.mapped, 495);
	world_submit(&w, PAGES(9)); /* all, by its table */
	ck_assert_uint_eq(w.u.stats.mapped, 0);
	ck_assert_uint_eq(w.u.pool.total - w.u.pool.free, 3);
	world_submit(&w, VTD_QI_IOTLB | 0x20 | DID, 0);
	ck_assert_uint_eq(w.u.pool.free, w.u.pool.total);
}
END_TEST

/* Pages of other sizes take the place of what was there. */
START_TEST(sizes_that_change)
{
	begin();
	for (unsigned i = 0; i < 10; i++) {
		world_leaf(i, (WORLD_RAM + i * 0x2000) | VTD_PTE_R);
		world_dma(&w, i * 0x1000, false);
	}
	ck_assert_uint_eq(w.u.stats.mapped, 10);
	world_set(TABLE(2), WORLD_RAM | VTD_PTE_RW | VTD_PTE_PS);
	ck_assert_int_eq(world_dma(&w, 0x3000, true), VIOMMU_OK); /* has no W yet: looked up */
	ck_assert_uint_eq(world_hpa, WORLD_RAM_HPA + 0x3000);
	ck_assert_uint_eq(w.u.stats.mapped, 512);
	world_set(TABLE(1), WORLD_RAM | VTD_PTE_R | VTD_PTE_PS);
	world_submit(&w, PAGES(0x5000)); /* in the midst of the large page */
	ck_assert_uint_eq(w.u.stats.mapped, 0);
	ck_assert_int_eq(world_dma(&w, 0x3000, false), VIOMMU_OK);
	ck_assert_uint_eq(w.u.stats.mapped, 512 * 512);
	world_set(TABLE(1), TABLE(2) | VTD_PTE_RW);
	ck_assert_int_eq(world_dma(&w, 0x3000, true), VIOMMU_OK);
	ck_assert_uint_eq(w.u.stats.mapped, 512);
	ck_assert_uint_eq(w.u.stats.mapped_most, 512 * 512);
}
END_TEST

/* More domains than slots, and more pages than the pool: the oldest go, and come back. */
START_TEST(domains_and_pages_run_out)
{
	struct viommu_config config = world_config();

	begin();
	world_leaf(0, WORLD_RAM | VTD_PTE_RW);
	for (unsigned round = 0; round < 3; round++) {
		for (uint16_t i = 0; i < 40; i++) {
			world_context(i, WORLD_TABLES | 1, 2 | (uint64_t)i << VTD_CONTEXT_DID_LOW);
			ck_assert_int_eq(
				viommu_translate(&w.u, i, 1, true, &world_hpa, &world_size),
				VIOMMU_OK);
		}
	}
	ck_assert_uint_eq(w.u.stats.mapped, VIOMMU_DOMAINS);
	ck_assert_uint_ge(w.u.stats.recycled, 80);
	world_begin(&w, &config);
	ck_assert_int_eq(viommu_init(&w.u, &config, &w.ept01, ARENA_EPT02, VIOMMU_MIN_PAGES + 1),
			 0);
	world_translating(&w);
	world_leaf(0, WORLD_RAM | VTD_PTE_RW);
	world_set(TABLE(2) + 8, TABLE(3) | VTD_PTE_RW);
	world_set(TABLE(2) + 16, TABLE(3) | VTD_PTE_RW);
	for (unsigned i = 0; i < 30; i++)
		ck_assert_int_eq(world_dma(&w, i % 3 * 0x200000, true), VIOMMU_OK);
	ck_assert_uint_gt(w.u.stats.evicted, 5);
	ck_assert_uint_le(w.u.stats.mapped, 2);
}
END_TEST

START_TEST(caching_mode_fills_at_once)
{
	struct viommu_config config = world_config();

	config.caching_mode = true;
	config.eager_pages = 8;
	begin_with(&config);
	world_leaf(0, WORLD_RAM | VTD_PTE_RW);
	world_dma(&w, 0, true); /* the domain is known from now on */
	for (unsigned i = 4; i < 20; i++)
		world_leaf(i, (WORLD_RAM + i * 0x1000) | (i % 2 ? VTD_PTE_RW : VTD_PTE_W));
	world_submit(&w, PAGES(0x4002));
	ck_assert_uint_eq(w.u.stats.mapped, 5);
	ck_assert_uint_eq(composed_level(0x4000), 1);
	world_submit(&w, PAGES(0x0004)); /* page 0 to 15, of which eight are looked at */
	ck_assert_uint_eq(w.u.stats.mapped, 5);
	ck_assert_uint_eq(composed_level(0x8000), 0);
	world_set(TABLE(2) + 8, WORLD_RAM | VTD_PTE_RW | VTD_PTE_PS);
	world_submit(&w, PAGES(0x200009));
	ck_assert_uint_eq(composed_level(0x234000), 2);
}
END_TEST

START_TEST(l1s_memory_changes)
{
	uint64_t epoch;

	begin();
	world_leaf(0, WORLD_RAM | VTD_PTE_RW);
	ck_assert_int_eq(world_dma(&w, 0, true), VIOMMU_OK);
	ck_assert_int_eq(ept01_unmap(&w.ept01, WORLD_RAM, 0x1000), 0);
	epoch = w.u.epoch;
	viommu_l1_changed(&w.u);
	ck_assert_uint_ne(w.u.epoch, epoch);
	ck_assert_int_eq(world_dma(&w, 0, true), VIOMMU_ABORT);
}
END_TEST

TCase *compose_cases(void)
{
	TCase *tcase = tcase_create("compose");

	tcase_add_test(tcase, sizes);
	tcase_add_test(tcase, table_replaced);
	tcase_add_test(tcase, three_levels);
	tcase_add_test(tcase, rights_of_both);
	tcase_add_test(tcase, pass_through_and_off);
	tcase_add_test(tcase, the_interrupt_range);
	tcase_add_test(tcase, invalidation_takes_out_its_pages_only);
	tcase_add_test(tcase, sizes_that_change);
	tcase_add_test(tcase, domains_and_pages_run_out);
	tcase_add_test(tcase, caching_mode_fills_at_once);
	tcase_add_test(tcase, l1s_memory_changes);
	return tcase;
}
