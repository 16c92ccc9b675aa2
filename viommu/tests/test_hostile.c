// SPDX-License-Identifier: Apache-2.0
/* Tables that lead to themselves, that change between two loads, and a queue that is rubbish. */
#include "suites.h"
#include "trees.h"
#include "world.h"

#define TABLE(n) (WORLD_TABLES + (n)*0x1000)

static struct world w;

static void begin(void)
{
	struct viommu_config config = world_config();

	world_begin(&w, &config);
	world_translating(&w);
}

/* Each table is its own child: the walk ends by its depth, at a page that is the table. */
START_TEST(tables_that_lead_to_themselves)
{
	uint64_t calls;

	begin();
	world_set(TABLE(0), TABLE(0) | VTD_PTE_RW);
	calls = arena_calls;
	ck_assert_int_eq(world_dma(&w, 0x10, true), VIOMMU_OK);
	ck_assert_uint_lt(arena_calls - calls, 60);
	ck_assert_uint_eq(world_hpa, ARENA_L1 + TABLE(0) + 0x10);
	/* The root table as its own context table, and as the first paging table. */
	world_set(WORLD_ROOT, WORLD_ROOT | 1);
	world_command(&w, VTD_GCMD_SRTP, true);
	ck_assert_int_eq(viommu_translate(&w.u, 0, 0, true, &world_hpa, &world_size), VIOMMU_FAULT);
}
END_TEST

/* The machine's own registers, tables and queue are RAM like any other: a DMA may go there, and
 * nothing but the machine's own is harmed. */
START_TEST(dma_to_the_units_own_structures)
{
	begin();
	world_queue(&w);
	world_leaf(0, WORLD_QUEUE | VTD_PTE_RW);
	ck_assert_int_eq(world_dma(&w, 0, true), VIOMMU_OK);
	arena_set(world_hpa, UINT64_MAX);
	world_write64(&w, VTD_IQT, 0x10);
	ck_assert_uint_eq(world_read32(&w, VTD_FSTS), VTD_FSTS_IQE);
}
END_TEST

/* At every possible moment of a walk one word becomes another: the answer is one or the other. */
START_TEST(tables_that_change_under_the_walk)
{
	static const struct {
		uint64_t where, value;
	} pokes[] = {
		{TABLE(3), (WORLD_RAM + 0x5000) | VTD_PTE_RW},
		{TABLE(3), 0},
		{TABLE(2), TABLE(2) | VTD_PTE_RW},
		{TABLE(1), WORLD_HOLE | VTD_PTE_RW},
		{TABLE(0), UINT64_MAX},
		{WORLD_CONTEXTS + WORLD_DEV * 16, UINT64_MAX},
		{WORLD_CONTEXTS + WORLD_DEV * 16 + 8, 0},
		{WORLD_ROOT, 0},
	};

	for (unsigned i = 0; i < sizeof(pokes) / sizeof(pokes[0]); i++) {
		for (unsigned when = 1; when < 80; when++) {
			begin();
			world_leaf(0, WORLD_RAM | VTD_PTE_RW);
			arena_poke_later(when, ARENA_L1 + pokes[i].where, pokes[i].value);
			if (world_dma(&w, 0, true) == VIOMMU_OK)
				EXPECT(world_hpa == WORLD_RAM_HPA ||
				       world_hpa == WORLD_RAM_HPA + 0x5000 ||
				       world_hpa == ARENA_L1 + TABLE(2) ||
				       world_hpa == ARENA_L1 + TABLE(3));
			arena_poke_later(0, 0, 0);
		}
	}
}
END_TEST

START_TEST(a_queue_of_rubbish)
{
	struct prng prng = {7};
	uint64_t errors = 0;

	for (unsigned round = 0; round < 300; round++) {
		begin();
		world_leaf(1, WORLD_RAM | VTD_PTE_RW);
		world_queue(&w);
		for (unsigned i = 0; i < 512; i++) {
			uint64_t r = prng_next(&prng);

			/* Fewer bits now and then, so that some descriptors are good. */
			world_set(WORLD_QUEUE + i * 8,
				  prng_percent(&prng, 70) ? r & prng_below(&prng, 0x100) : r);
		}
		world_write64(&w, VTD_IQT, 0xff0);
		for (unsigned i = 0; i < 300 && world_read32(&w, VTD_FSTS); i++) {
			uint64_t head = world_read64(&w, VTD_IQH);

			errors++;
			ck_assert_uint_lt(head, 0x1000);
			world_set(WORLD_QUEUE + head, VTD_QI_WAIT);
			world_set(WORLD_QUEUE + head + 8, 0);
			world_write32(&w, VTD_FSTS, VTD_FSTS_IQE);
			ck_assert_int_ne(world_dma(&w, 0x1000, true), VIOMMU_ABORT);
		}
		ck_assert_uint_eq(world_read64(&w, VTD_IQH), 0xff0);
	}
	ck_assert_uint_gt(errors, 1000);
}
END_TEST

/* The queue's own memory is what a wait descriptor overwrites. */
START_TEST(a_queue_that_writes_itself)
{
	begin();
	world_queue(&w);
	world_set(WORLD_QUEUE + 0x10, VTD_QI_WAIT);
	world_submit(&w, VTD_QI_WAIT | VTD_QI_WAIT_SW | UINT64_C(0xf) << 32, WORLD_QUEUE + 0x10);
	world_write64(&w, VTD_IQT, 0x20);
	ck_assert_uint_eq(world_read64(&w, VTD_IQH), 0x10);
	ck_assert_uint_eq(world_read64(&w, VTD_IQERCD), VTD_IQEI_TYPE);
}
END_TEST

/* No size of an invalidation makes its work large: the range is that of what is composed. */
START_TEST(work_of_an_invalidation)
{
	uint64_t calls;

	begin();
	world_queue(&w);
	world_set(TABLE(2) + 8, TABLE(3) | VTD_PTE_RW);
	for (unsigned i = 0; i < 512; i++)
		world_leaf(i, (WORLD_RAM + i * 0x1000) | VTD_PTE_RW);
	for (unsigned i = 0; i < 1024; i++)
		world_dma(&w, i * 0x1000, true);
	calls = arena_calls;
	world_submit(&w, VTD_QI_IOTLB | 0x30 | WORLD_DID << 16, 18);
	ck_assert_uint_eq(w.u.stats.mapped, 0);
	ck_assert_uint_lt(arena_calls - calls, 1100);
}
END_TEST

TCase *hostile_cases(void)
{
	TCase *tcase = tcase_create("hostile");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, tables_that_lead_to_themselves);
	tcase_add_test(tcase, dma_to_the_units_own_structures);
	tcase_add_test(tcase, tables_that_change_under_the_walk);
	tcase_add_test(tcase, a_queue_of_rubbish);
	tcase_add_test(tcase, a_queue_that_writes_itself);
	tcase_add_test(tcase, work_of_an_invalidation);
	return tcase;
}
