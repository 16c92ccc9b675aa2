// SPDX-License-Identifier: Apache-2.0
/* The register page: what is seen, put back, bounded; and a driver on a CPU of its own. */
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include "driver.h"
#include "suites.h"

static struct pair pair;

static void begin(void)
{
	struct viommu_config config = world_config();

	pair_begin(&pair, &config);
}

static bool poll(uint32_t limit)
{
	return viommu_page_poll(&pair.by, pair.page, limit);
}

static uint32_t *word(uint32_t offset)
{
	return (uint32_t *)pair.page + offset / 4;
}

START_TEST(every_command_is_seen)
{
	begin();
	ck_assert(!viommu_page_changed(&pair.by, pair.page));
	ck_assert(!poll(10));
	for (unsigned i = 1; i < 5; i++) { /* the same command, and zero, again and again */
		*word(VTD_GCMD) = VTD_GCMD_SRTP | VTD_GCMD_TE;
		ck_assert(viommu_page_changed(&pair.by, pair.page));
		ck_assert(poll(10));
		ck_assert_uint_eq(*word(VTD_GSTS), VTD_GSTS_RTPS | VTD_GSTS_TES);
		ck_assert_uint_eq(*word(VTD_GCMD), VIOMMU_GCMD_IDLE);
		*word(VTD_GCMD) = 0;
		ck_assert(poll(10));
		ck_assert_uint_eq(*word(VTD_GSTS), VTD_GSTS_RTPS);
	}
}
END_TEST

/* Each way to clear a status bit by writing it alone is seen, though the page shows that very bit.
 */
START_TEST(clearing_is_seen)
{
	begin();
	world_translating(&pair.w);
	viommu_status_raise(&pair.by, VTD_FSTS_IQE);
	ck_assert(poll(10));
	ck_assert_uint_eq(*word(VTD_FSTS), VTD_FSTS_IQE | VIOMMU_PAGE_TAG);
	*word(VTD_FSTS) = VTD_FSTS_IQE;
	ck_assert(poll(10));
	ck_assert_uint_eq(*word(VTD_FSTS), 0);
	viommu_set32(&pair.by, VTD_ICS, VTD_ICS_IWC);
	poll(10);
	*word(VTD_ICS) = VTD_ICS_IWC;
	ck_assert(poll(10));
	ck_assert_uint_eq(*word(VTD_ICS), 0);
}
END_TEST

/* What the driver may not write is put back. */
START_TEST(read_only_words_are_put_back)
{
	begin();
	memset(pair.page, 0xff, 0xc0);
	*word(VTD_GCMD) = 0;
	poll(10);
	poll(10);
	ck_assert_uint_eq(pair.page[VTD_CAP / 8], viommu_read(&pair.by, VTD_CAP, 8));
	ck_assert_uint_eq(*word(VTD_VER), 0x10);
	ck_assert_uint_eq(*word(VTD_IQH), 0);
	ck_assert_uint_eq(pair.page[VTD_CCMD / 8] >> 63, 0);
}
END_TEST

START_TEST(work_is_bounded)
{
	begin();
	for (unsigned i = 0; i < 200; i++)
		world_set(WORLD_QUEUE + i * 16, VTD_QI_WAIT);
	pair.page[VTD_IQA / 8] = WORLD_QUEUE;
	*word(VTD_GCMD) = VTD_GCMD_QIE;
	poll(10);
	pair.page[VTD_IQT / 8] = 200 * 16;
	for (unsigned i = 1; i <= 20; i++) {
		ck_assert(poll(10));
		ck_assert_uint_eq(pair.page[VTD_IQH / 8], i * 160);
	}
	ck_assert(!poll(10));
}
END_TEST

/* Who is interrupted finds the cause, and who finds the cause finds its record. */
START_TEST(messages_come_after_what_they_tell)
{
	uint64_t hpa, size;

	begin();
	*word(VTD_GCMD) = VTD_GCMD_TE;
	*word(VTD_FECTL) = 0;
	poll(10);
	world_msi_page = pair.page;
	viommu_translate(&pair.by, WORLD_DEV, 0, true, &hpa, &size);
	ck_assert_uint_eq(world_msis, 0);
	ck_assert(viommu_page_changed(&pair.by, pair.page));
	/* The driver touches the record just now: its status is for the next time. */
	pair.page[viommu_frcd(0, true) / 8] = 1;
	pair.by.shown[viommu_frcd(0, true) / 8] = 0;
	poll(10);
	ck_assert(poll(10) || *word(VTD_FSTS));
	ck_assert_uint_eq(world_msis, 1);
	ck_assert_uint_eq(world_msi_status, VTD_FSTS_PPF | VIOMMU_PAGE_TAG);
	ck_assert_uint_eq(pair.page[viommu_frcd(0, true) / 8] >> 63, 1);
	world_msi_page = NULL;
}
END_TEST

/* A status word that L1 has just touched is shown a poll later, and so comes its message. */
START_TEST(a_message_waits_for_its_status)
{
	unsigned waited = 0;

	for (unsigned when = 1; when < 5; when++) {
		uint64_t at = ARENA_L1 + 0x100000, *page = arena_ptr(at);

		begin();
		viommu_page_init(&pair.by, page);
		page[VTD_IQA / 8] = WORLD_QUEUE;
		page[VTD_FECTL / 8] = 0;
		page[VTD_GCMD / 8] = (page[VTD_GCMD / 8] & ~UINT64_C(0xffffffff)) | VTD_GCMD_QIE;
		viommu_page_poll(&pair.by, page, 10);
		page[VTD_IQT / 8] = 0x10;
		/* A command beside it, so that the queue's work comes after all loads. */
		page[VTD_GCMD / 8] = (page[VTD_GCMD / 8] & ~UINT64_C(0xffffffff)) | VTD_GCMD_QIE;
		world_msi_page = page;
		arena_poke_later(when, at + VTD_FSTS - 4, 1); /* the reserved half of its word */
		viommu_page_poll(&pair.by, page, 10);
		waited += !world_msis;
		viommu_page_poll(&pair.by, page, 10);
		ck_assert_uint_eq(world_msis, 1);
		ck_assert_uint_eq(world_msi_status, VTD_FSTS_IQE | VIOMMU_PAGE_TAG);
		arena_poke_later(0, 0, 0);
		world_msi_page = NULL;
	}
	ck_assert_uint_ge(waited, 1);
}
END_TEST

/* RTPS is set from before, so the driver does not wait for SRTP: it still comes before the queue.
 */
START_TEST(a_root_table_comes_before_what_follows)
{
	struct viommu_config config = world_config();

	config.teardown_entries = 8;
	pair_begin(&pair, &config);
	world_translating(&pair.w);
	world_leaf(0, WORLD_RAM | VTD_PTE_RW);
	world_queue(&pair.w);
	ck_assert_int_eq(world_dma(&pair.w, 0, true), VIOMMU_OK);
	viommu_page_init(&pair.w.u, pair.page);
	pair.page[VTD_RTADDR / 8] = WORLD_STATUS;
	*word(VTD_GCMD) = VTD_GCMD_SRTP | VTD_GCMD_TE | VTD_GCMD_QIE;
	world_set(WORLD_QUEUE, VTD_QI_IOTLB | 0x30 | WORLD_DID << 16);
	pair.page[VTD_IQT / 8] = 0x10;
	viommu_page_poll(&pair.w.u, pair.page, 10);
	ck_assert_uint_eq(pair.w.u.root, WORLD_STATUS);
	ck_assert_uint_eq(world_read64(&pair.w, VTD_IQH), 0x10);
	/* SRTP emptied the tables, so the page's invalidation found nothing to keep. */
	ck_assert_uint_eq(pair.w.u.stats.kept, 0);
	ck_assert_uint_eq(pair.w.u.stats.mapped, 0);
}
END_TEST

/* L1 writes a word between the load and the answer: what it wrote is not lost, at any moment. */
START_TEST(a_write_under_the_poll)
{
	for (unsigned when = 1; when < 8; when++) {
		uint64_t at = ARENA_L1 + 0x100000, *page = arena_ptr(at);

		begin();
		viommu_page_init(&pair.by, page);
		page[VTD_IQA / 8] = WORLD_QUEUE;
		page[VTD_GCMD / 8] = (page[VTD_GCMD / 8] & ~UINT64_C(0xffffffff)) | VTD_GCMD_QIE;
		viommu_page_poll(&pair.by, page, 10);
		/* A descriptor that is none sets IP, in the word that the driver writes. */
		page[VTD_IQT / 8] = 0x10;
		arena_poke_later(when, at + VTD_FECTL, VTD_EVENT_IM | UINT64_C(0x77) << 32);
		while (viommu_page_poll(&pair.by, page, 10))
			;
		ck_assert_uint_eq(viommu_read(&pair.by, VTD_FECTL, 4), VTD_EVENT_IM | VTD_EVENT_IP);
		if (arena_get(at + VTD_FEDATA - 4) >> 32 == 0x77)
			ck_assert_uint_eq(viommu_read(&pair.by, VTD_FEDATA, 4), 0x77);
		else
			ck_assert_uint_gt(when, 2); /* there was no such moment */
		arena_poke_later(0, 0, 0);
	}
}
END_TEST

#define ROUNDS 1000u

static volatile bool finished;

static uint64_t load(const uint64_t *at)
{
	return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

static uint32_t load32(uint32_t offset)
{
	return __atomic_load_n(word(offset), __ATOMIC_ACQUIRE);
}

static void store32(uint32_t offset, uint32_t value)
{
	__atomic_store_n(word(offset), value, __ATOMIC_RELEASE);
}

/* A driver as they are: writes, then waits for the answer. It hangs if one write is lost. */
static void one_round(uint32_t i)
{
	uint64_t tail = i * 16 % 4096;
	uint64_t *status_word = arena_ptr(ARENA_L1 + WORLD_STATUS);

	world_set(WORLD_QUEUE + tail, VTD_QI_WAIT | VTD_QI_WAIT_SW | (uint64_t)(i + 1) << 32);
	world_set(WORLD_QUEUE + tail + 8, WORLD_STATUS);
	__atomic_store_n(&pair.page[VTD_IQT / 8], (tail + 16) % 4096, __ATOMIC_RELEASE);
	while ((uint32_t)load(status_word) != i + 1)
		sched_yield();
	store32(VTD_GCMD, VTD_GCMD_QIE | (i % 2 ? VTD_GCMD_TE : 0));
	while (!!(load32(VTD_GSTS) & VTD_GSTS_TES) != i % 2)
		sched_yield();
	__atomic_store_n(&pair.page[VTD_IOTLB / 8], VTD_BIT(63) | UINT64_C(1) << 60,
			 __ATOMIC_RELEASE);
	while (load(&pair.page[VTD_IOTLB / 8]) >> 63)
		sched_yield();
	while (load32(VTD_FSTS) & 0xff) { /* faults come from the other side at any time */
		for (uint32_t n = 0; n < 4; n++)
			store32(viommu_frcd(n, true) + 4, 0x80000000);
		store32(VTD_FSTS, 0xff);
		sched_yield();
	}
}

static void *driver(void *unused)
{
	for (uint32_t i = 0; i < ROUNDS; i++)
		one_round(i);
	finished = true;
	return unused;
}

START_TEST(a_driver_on_its_own_cpu)
{
	uint64_t hpa, size;
	pthread_t thread;

	begin();
	pair.page[VTD_IQA / 8] = WORLD_QUEUE;
	*word(VTD_GCMD) = VTD_GCMD_QIE;
	poll(10);
	finished = false;
	ck_assert_int_eq(pthread_create(&thread, NULL, driver, NULL), 0);
	for (unsigned i = 0; !finished; i++) {
		if (!viommu_page_poll(&pair.by, pair.page, 4))
			sched_yield();
		if (i % 64 == 0)
			viommu_translate(&pair.by, WORLD_DEV, 0, true, &hpa, &size);
	}
	pthread_join(thread, NULL);
	pair_poll(&pair);
	ck_assert_uint_eq(pair.by.stats.waits, ROUNDS);
	ck_assert_uint_eq(pair.by.stats.iotlb[0], ROUNDS);
	ck_assert_uint_eq(pair.by.stats.queue_errors, 0);
}
END_TEST

TCase *page_cases(void)
{
	TCase *tcase = tcase_create("page");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, every_command_is_seen);
	tcase_add_test(tcase, clearing_is_seen);
	tcase_add_test(tcase, read_only_words_are_put_back);
	tcase_add_test(tcase, work_is_bounded);
	tcase_add_test(tcase, a_message_waits_for_its_status);
	tcase_add_test(tcase, a_root_table_comes_before_what_follows);
	tcase_add_test(tcase, a_write_under_the_poll);
	tcase_add_test(tcase, messages_come_after_what_they_tell);
	tcase_add_test(tcase, a_driver_on_its_own_cpu);
	return tcase;
}
