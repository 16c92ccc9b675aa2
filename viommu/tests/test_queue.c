// SPDX-License-Identifier: Apache-2.0
/* Every descriptor, every one that is wrong, and a queue in every state. */
#include "suites.h"
#include "world.h"

#define DID      ((uint64_t)WORLD_DID << 16)
#define SOURCE   ((uint64_t)WORLD_DEV << 32)
#define G(n)     ((uint64_t)(n) << VTD_QI_GRANULARITY)
#define SW(data) (VTD_QI_WAIT | VTD_QI_WAIT_SW | (uint64_t)(data) << 32)

static struct world w;

static void begin(void)
{
	struct viommu_config config = world_config();

	world_begin(&w, &config);
	world_translating(&w);
	world_leaf(1, WORLD_RAM | VTD_PTE_RW);
	world_queue(&w);
}

static uint64_t status_word(void)
{
	return world_get(WORLD_STATUS);
}

/* What a good descriptor leaves of a translation and a context that L1 has taken away. */
static const struct {
	const char *name;
	uint64_t low, high;
	bool page_stays, context_stays;
} good[] = {
	{"context, global", VTD_QI_CONTEXT | G(1), 0, true, false},
	{"context, domain", VTD_QI_CONTEXT | G(2) | DID, 0, true, false},
	{"context, another domain", VTD_QI_CONTEXT | G(2), 0, true, true},
	{"context, device", VTD_QI_CONTEXT | G(3) | DID | SOURCE, 0, true, false},
	{"context, another device", VTD_QI_CONTEXT | G(3) | DID, 0, true, true},
	{"context, function 3 under FM 1",
	 VTD_QI_CONTEXT | G(3) | DID | (SOURCE + (UINT64_C(4) << 32)) | UINT64_C(1) << 48, 0, true,
	 false},
	{"context, function 6 under FM 2",
	 VTD_QI_CONTEXT | G(3) | DID | (SOURCE + (UINT64_C(6) << 32)) | UINT64_C(2) << 48, 0, true,
	 false},
	{"context, function 1 under FM 2",
	 VTD_QI_CONTEXT | G(3) | DID | (SOURCE + (UINT64_C(1) << 32)) | UINT64_C(2) << 48, 0, true,
	 true},
	{"context, all functions",
	 VTD_QI_CONTEXT | G(3) | DID | (SOURCE + (UINT64_C(7) << 32)) | UINT64_C(3) << 48, 0, true,
	 false},
	{"iotlb, global", VTD_QI_IOTLB | G(1), 0, false, true},
	{"iotlb, domain", VTD_QI_IOTLB | G(2) | DID, 0, false, true},
	{"iotlb, domain, drain", VTD_QI_IOTLB | G(2) | DID | 0xc0, 0, false, true},
	{"iotlb, another domain", VTD_QI_IOTLB | G(2), 0, true, true},
	{"iotlb, page", VTD_QI_IOTLB | G(3) | DID, 0x1000, false, true},
	{"iotlb, page, hint", VTD_QI_IOTLB | G(3) | DID, 0x1040, false, true},
	{"iotlb, two pages", VTD_QI_IOTLB | G(3) | DID, 0x0001, false, true},
	{"iotlb, address not aligned to its mask", VTD_QI_IOTLB | G(3) | DID, 0x5004, false, true},
	{"iotlb, a GiB", VTD_QI_IOTLB | G(3) | DID, 18, false, true},
	{"iotlb, another page", VTD_QI_IOTLB | G(3) | DID, 0x2000, true, true},
	{"device-TLB", VTD_QI_DEVICE_TLB | SOURCE, 0x1001, true, true},
	{"interrupt entries, global", VTD_QI_IEC, 0, true, true},
	{"interrupt entries, by index", VTD_QI_IEC | VTD_QI_IEC_INDEX | UINT64_C(3) << 27 | SOURCE,
	 0, true, true},
	{"wait, nothing asked", VTD_QI_WAIT, 0, true, true},
	{"wait, fence", VTD_QI_WAIT | 1 << 6, 0, true, true},
};

#define GOOD (sizeof(good) / sizeof(good[0]))

START_TEST(every_descriptor)
{
	begin();
	ck_assert_int_eq(world_dma(&w, 0x1000, true), VIOMMU_OK);
	world_leaf(1, 0);
	world_submit(&w, good[_i].low, good[_i].high);
	world_submit(&w, SW(7), WORLD_STATUS);
	ck_assert_msg(world_read32(&w, VTD_FSTS) == 0, "%s", good[_i].name);
	ck_assert_uint_eq(status_word(), 7);
	ck_assert_uint_eq(world_read64(&w, VTD_IQH), 0x20);
	ck_assert_msg((world_dma(&w, 0x1000, true) == VIOMMU_OK) == good[_i].page_stays, "%s",
		      good[_i].name);
	world_leaf(1, WORLD_RAM | VTD_PTE_RW);
	world_context(WORLD_DEV, 0, 0);
	world_submit(&w, good[_i].low, good[_i].high);
	ck_assert_msg((world_dma(&w, 0x1000, true) == VIOMMU_OK) == good[_i].context_stays, "%s",
		      good[_i].name);
}
END_TEST

static const struct {
	const char *name;
	uint64_t low, high;
	unsigned info;
} bad[] = {
	{"type 0", 0, 0, VTD_IQEI_TYPE},
	{"type 6", 6, 0, VTD_IQEI_TYPE},
	{"type 15", 15, 0, VTD_IQEI_TYPE},
	{"type 17", 1 | 0x200 | G(1), 0, VTD_IQEI_TYPE},
	{"context, granularity 0", VTD_QI_CONTEXT, 0, VTD_IQEI_RESERVED},
	{"context, bit 6", VTD_QI_CONTEXT | G(1) | 0x40, 0, VTD_IQEI_RESERVED},
	{"context, bit 50", VTD_QI_CONTEXT | G(1) | VTD_BIT(50), 0, VTD_IQEI_RESERVED},
	{"context, upper half", VTD_QI_CONTEXT | G(1), 1, VTD_IQEI_RESERVED},
	{"iotlb, granularity 0", VTD_QI_IOTLB, 0, VTD_IQEI_RESERVED},
	{"iotlb, bit 8", VTD_QI_IOTLB | G(1) | 0x100, 0, VTD_IQEI_RESERVED},
	{"iotlb, bit 32", VTD_QI_IOTLB | G(1) | VTD_BIT(32), 0, VTD_IQEI_RESERVED},
	{"iotlb, bit 71", VTD_QI_IOTLB | G(3), 0x80, VTD_IQEI_RESERVED},
	{"iotlb, mask too large", VTD_QI_IOTLB | G(3) | DID, 19, VTD_IQEI_RESERVED},
	{"device-TLB, bit 65", VTD_QI_DEVICE_TLB, 2, VTD_IQEI_RESERVED},
	{"interrupt entries, bit 5", VTD_QI_IEC | 0x20, 0, VTD_IQEI_RESERVED},
	{"interrupt entries, upper half", VTD_QI_IEC, 0x1000, VTD_IQEI_RESERVED},
	{"wait, bit 8", VTD_QI_WAIT | 0x100, 0, VTD_IQEI_RESERVED},
	{"wait, address", SW(7), WORLD_STATUS | 2, VTD_IQEI_RESERVED},
};

#define BAD (sizeof(bad) / sizeof(bad[0]))

/* The head stays at what is wrong; put right and IQE cleared, the queue goes on from there. */
START_TEST(every_wrong_descriptor)
{
	begin();
	world_submit(&w, SW(1), WORLD_STATUS);
	world_submit(&w, bad[_i].low, bad[_i].high);
	ck_assert_msg(world_read32(&w, VTD_FSTS) == VTD_FSTS_IQE, "%s", bad[_i].name);
	ck_assert_msg(world_read64(&w, VTD_IQERCD) == bad[_i].info, "%s", bad[_i].name);
	ck_assert_uint_eq(world_read32(&w, VTD_FECTL), VTD_EVENT_IM | VTD_EVENT_IP);
	world_submit(&w, SW(2), WORLD_STATUS);
	ck_assert_uint_eq(world_read64(&w, VTD_IQH), 0x10);
	ck_assert_uint_eq(status_word(), 1);
	ck_assert(!viommu_pending(&w.u));
	world_write32(&w, VTD_FSTS, VTD_FSTS_IQE); /* as wrong as before */
	ck_assert_uint_eq(world_read32(&w, VTD_FSTS), VTD_FSTS_IQE);
	world_set(WORLD_QUEUE + 0x10, VTD_QI_WAIT);
	world_set(WORLD_QUEUE + 0x18, 0);
	world_write32(&w, VTD_FSTS, VTD_FSTS_IQE);
	ck_assert_uint_eq(world_read32(&w, VTD_FSTS), 0);
	ck_assert_uint_eq(world_read64(&w, VTD_IQERCD), 0);
	ck_assert_uint_eq(world_read64(&w, VTD_IQH), 0x30);
	ck_assert_uint_eq(status_word(), 2);
	ck_assert_uint_eq(w.u.stats.queue_errors, 2);
}
END_TEST

START_TEST(the_queue_wraps)
{
	begin();
	for (unsigned i = 1; i <= 1000; i++) {
		world_submit(&w, SW(i), WORLD_STATUS);
		ck_assert_uint_eq(status_word(), i);
	}
	ck_assert_uint_eq(world_read64(&w, VTD_IQH), 1000 % 256 * 16);
	ck_assert_uint_eq(w.u.stats.waits, 1000);
}
END_TEST

START_TEST(larger_queues)
{
	begin();
	world_command(&w, VTD_GCMD_QIE, false);
	world_write64(&w, VTD_IQT, 0);
	world_write64(&w, VTD_IQA, WORLD_QUEUE | 2); /* 16 KiB */
	world_command(&w, VTD_GCMD_QIE, true);
	for (unsigned i = 0; i < 1023; i++)
		world_set(WORLD_QUEUE + i * 16, VTD_QI_WAIT);
	world_write64(&w, VTD_IQT, 1023 * 16);
	ck_assert_uint_eq(world_read64(&w, VTD_IQH), 256 * 16); /* run_limit */
	ck_assert(viommu_pending(&w.u));
	ck_assert_uint_eq(viommu_run(&w.u, 10), 10);
	ck_assert_uint_eq(viommu_run(&w.u, 10000), 1023 - 266);
	ck_assert(!viommu_pending(&w.u));
	ck_assert_uint_eq(viommu_run(&w.u, 10000), 0);
}
END_TEST

/* The queue becomes shorter while its head is beyond the new end: the head is within, too. */
START_TEST(a_queue_that_shrinks)
{
	begin();
	world_write64(&w, VTD_IQA, WORLD_QUEUE | 1);
	for (unsigned i = 0; i < 258; i++)
		world_set(WORLD_QUEUE + i * 16, VTD_QI_WAIT);
	world_write64(&w, VTD_IQT, 258 * 16);
	viommu_run(&w.u, 1000);
	ck_assert_uint_eq(world_read64(&w, VTD_IQH), 258 * 16);
	world_write64(&w, VTD_IQA, WORLD_QUEUE);
	world_write64(&w, VTD_IQT, 4 * 16);
	ck_assert_uint_eq(world_read64(&w, VTD_IQH), 4 * 16);
	ck_assert_uint_eq(w.u.stats.waits, 260);
	ck_assert_uint_eq(world_read32(&w, VTD_FSTS), 0);
}
END_TEST

START_TEST(tails_that_are_none)
{
	begin();
	world_write64(&w, VTD_IQT, 0x1000);
	ck_assert_uint_eq(world_read32(&w, VTD_FSTS), VTD_FSTS_IQE);
	ck_assert_uint_eq(world_read64(&w, VTD_IQERCD), VTD_IQEI_TAIL);
	ck_assert_uint_eq(world_read64(&w, VTD_IQH), 0);
	world_set(WORLD_QUEUE, SW(9));
	world_set(WORLD_QUEUE + 8, WORLD_STATUS);
	world_write64(&w, VTD_IQT, 0x1f); /* bits 3:0 are reserved */
	world_write32(&w, VTD_FSTS, VTD_FSTS_IQE);
	ck_assert_uint_eq(world_read64(&w, VTD_IQT), 0x10);
	ck_assert_uint_eq(status_word(), 9);
}
END_TEST

START_TEST(queues_that_are_no_memory)
{
	static const uint64_t places[] = {WORLD_HOLE, WORLD_DEVICE, VTD_MASK(63, 12)};

	for (unsigned i = 0; i < 3; i++) {
		begin();
		world_write64(&w, VTD_IQA, places[i]);
		world_write64(&w, VTD_IQT, 0x10);
		ck_assert_uint_eq(world_read32(&w, VTD_FSTS), VTD_FSTS_IQE);
		ck_assert_uint_eq(world_read64(&w, VTD_IQERCD), VTD_IQEI_FETCH);
	}
}
END_TEST

START_TEST(work_waits_for_the_queue_to_be_on)
{
	begin();
	world_command(&w, VTD_GCMD_QIE, false);
	world_submit(&w, SW(3), WORLD_STATUS);
	ck_assert_uint_eq(status_word(), 0);
	world_command(&w, VTD_GCMD_QIE, true);
	ck_assert_uint_eq(status_word(), 3);
	/* Off with work left: the head is at the front again, and what was left is done anew. */
	w.u.config.run_limit = 1;
	for (unsigned i = 1; i < 4; i++) {
		world_set(WORLD_QUEUE + i * 16, SW(i));
		world_set(WORLD_QUEUE + i * 16 + 8, WORLD_STATUS);
	}
	world_write64(&w, VTD_IQT, 0x40);
	ck_assert(viommu_pending(&w.u));
	world_command(&w, VTD_GCMD_QIE, false);
	ck_assert(!viommu_pending(&w.u));
	ck_assert_uint_eq(world_read64(&w, VTD_IQH), 0);
	ck_assert_uint_eq(viommu_run(&w.u, 100), 0);
}
END_TEST

/* A status goes to RAM that L1 may write, and nowhere else. */
START_TEST(status_writes)
{
	static const uint64_t nowhere[] = {WORLD_HOLE, WORLD_ROM, WORLD_DEVICE, VTD_MASK(63, 2)};
	uint64_t strays;

	begin();
	world_set(WORLD_STATUS, UINT64_MAX);
	world_submit(&w, SW(0x12345678), WORLD_STATUS + 4);
	ck_assert_uint_eq(status_word(), UINT64_C(0x12345678ffffffff));
	strays = arena_strays;
	for (unsigned i = 0; i < 4; i++)
		world_submit(&w, SW(1), nowhere[i]);
	ck_assert_uint_eq(arena_strays, strays);
	ck_assert_uint_eq(world_read32(&w, VTD_FSTS), 0);
	ck_assert_uint_eq(world_read64(&w, VTD_IQH), 0x50);
}
END_TEST

START_TEST(no_interrupt_entries_without_remapping)
{
	struct viommu_config config = world_config();

	config.remapping = config.eim = false;
	world_begin(&w, &config);
	world_queue(&w);
	world_submit(&w, VTD_QI_IEC, 0);
	ck_assert_uint_eq(world_read64(&w, VTD_IQERCD), VTD_IQEI_TYPE);
}
END_TEST

TCase *queue_cases(void)
{
	TCase *tcase = tcase_create("queue");

	tcase_add_loop_test(tcase, every_descriptor, 0, GOOD);
	tcase_add_loop_test(tcase, every_wrong_descriptor, 0, BAD);
	tcase_add_test(tcase, the_queue_wraps);
	tcase_add_test(tcase, larger_queues);
	tcase_add_test(tcase, a_queue_that_shrinks);
	tcase_add_test(tcase, tails_that_are_none);
	tcase_add_test(tcase, queues_that_are_no_memory);
	tcase_add_test(tcase, work_waits_for_the_queue_to_be_on);
	tcase_add_test(tcase, status_writes);
	tcase_add_test(tcase, no_interrupt_entries_without_remapping);
	return tcase;
}
