// SPDX-License-Identifier: Apache-2.0
/* The register page: the same driver by trap and by page, and a driver on a CPU of its own. */
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include "driver.h"
#include "suites.h"
#include "trees.h"

#define SEQUENCES 300u
#define STEPS     200u

static struct pair pair;
static struct prng prng;

static uint64_t below(uint64_t n)
{
	return prng_below(&prng, n);
}

static void write32(uint32_t offset, uint64_t value)
{
	pair_write(&pair, offset, 4, (uint32_t)value);
}

/* Wide registers whole, or in halves as a 32-bit driver: lower first. */
static void write64(uint32_t offset, uint64_t value)
{
	if (below(2)) {
		pair_write(&pair, offset, 8, value);
		return;
	}
	write32(offset, value);
	write32(offset + 4, value >> 32);
}

static void command(uint32_t bits)
{
	write32(VTD_GCMD, bits);
	pair_poll(&pair);
}

static uint32_t status(void)
{
	return world_read32(&pair.w, VTD_GSTS) & ~(VTD_GCMD_SRTP | VTD_GCMD_SIRTP);
}

static void set_root(void)
{
	write64(VTD_RTADDR, below(8) ? WORLD_ROOT : WORLD_HOLE);
	command(status() | VTD_GCMD_SRTP);
}

static void set_irta(void)
{
	write64(VTD_IRTA, WORLD_IRT | below(16) | (below(2) ? VTD_IRTA_EIME : 0));
	command(status() | VTD_GCMD_SIRTP);
}

/* One bit, the same again, several, none: whatever a driver may write. */
static void any_command(void)
{
	static const uint32_t bits[] = {VTD_GCMD_TE, VTD_GCMD_QIE, VTD_GCMD_IRE, VTD_GCMD_CFI};

	command(below(8) ? status() ^ bits[below(4)] : (uint32_t)(below(512) << 23));
}

static void invalidate_contexts(void)
{
	write64(VTD_CCMD,
		VTD_BIT(63) | below(4) << 61 | below(4) << 32 | below(0x20) << 16 | below(8));
}

static void invalidate_iotlb(void)
{
	write64(VTD_IVA, below(512) << 12 | below(20));
	write64(VTD_IOTLB, VTD_BIT(63) | below(4) << 60 | below(8) << 32);
}

static void start_queue(void)
{
	if (status() & VTD_GSTS_QIES)
		command(status() & ~VTD_GCMD_QIE);
	write64(VTD_IQT, 0);
	write64(VTD_IQA, WORLD_QUEUE | below(3));
	command(status() | VTD_GCMD_QIE);
}

static void put_descriptor(uint64_t at)
{
	uint64_t type = below(20) ? 1 + below(5) : below(16), g = below(16) ? 1 + below(3) : 0;
	uint64_t low = type | g << 4, high = 0;

	if (type == VTD_QI_CONTEXT || type == VTD_QI_IOTLB)
		low |= below(8) << 16;
	if (type == VTD_QI_IOTLB)
		high = below(512) << 12 | below(20);
	if (type == VTD_QI_IEC)
		low &= 0x1f;
	if (type == VTD_QI_WAIT) {
		low |= below(1000) << 32;
		high = WORLD_STATUS + below(4) * 4;
	}
	world_set(WORLD_QUEUE + at, low);
	world_set(WORLD_QUEUE + at + 8, high);
}

static void submit(void)
{
	uint64_t tail = world_read64(&pair.w, VTD_IQT) % 4096;

	for (uint64_t n = below(6); n; n--, tail = (tail + 16) % 4096)
		put_descriptor(tail);
	write64(VTD_IQT, below(50) ? tail : below(1 << 20));
}

static void clear_status(void)
{
	write32(VTD_FSTS, below(256));
}

static void clear_record(void)
{
	write32(viommu_frcd((uint32_t)below(4), true) + 4, 0x80000000);
}

static void clear_completion(void)
{
	write32(VTD_ICS, VTD_ICS_IWC);
}

static void set_event(void)
{
	uint32_t control = below(2) ? VTD_FECTL : VTD_IECTL;

	write32(control, VTD_EVENT_IM);
	pair_poll(&pair);
	write32(control + 4, below(0x10000));
	write32(control + 8, 0xfee00000 | below(0x1000));
	write32(control + 12, below(4));
	write32(control, below(2) ? VTD_EVENT_IM : 0);
}

/* Anything anywhere; but bits that the page itself sets are not to be told from those. */
static void anything(void)
{
	uint32_t offset = (uint32_t)below(0x200 / 4) * 4;
	uint64_t value = prng_next(&prng);

	if (!(pair.by.words >> offset / 8 & 1))
		return; /* of the page, nobody looks at these */
	if (offset == VTD_FSTS || offset == VTD_ICS)
		value &= 0x7fffffff;
	if (offset == VTD_GCMD)
		value &= ~UINT64_C(1);
	write32(offset, value);
}

static void (*const steps[])(void) = {
	set_root,  set_irta, any_command, invalidate_contexts, invalidate_iotlb, start_queue,
	submit,    submit,   submit,      clear_status,        clear_record,     clear_completion,
	set_event, anything,
};

static void access_both(void)
{
	uint64_t iova = below(600) << 12, hpa[2] = {0}, size[2] = {0};
	uint16_t device = (uint16_t)(WORLD_DEV + below(3));
	bool write = below(2);
	struct viommu_interrupt out[2] = {{0}};
	uint64_t address = VTD_MSI_BASE | below(0x8000) << 5 % 8;

	EXPECT(viommu_translate(&pair.w.u, device, iova, write, &hpa[0], &size[0]) ==
	       viommu_translate(&pair.by, device, iova, write, &hpa[1], &size[1]));
	EXPECT(hpa[0] == hpa[1] && size[0] == size[1]);
	EXPECT(viommu_remap_msi(&pair.w.u, device, address, 0x41, &out[0]) ==
	       viommu_remap_msi(&pair.by, device, address, 0x41, &out[1]));
	EXPECT(out[0].vector == out[1].vector && out[0].destination == out[1].destination);
}

static void change_tables(void)
{
	world_leaf((unsigned)below(512), below(2) ? (WORLD_RAM + (below(64) << 12)) | below(4) : 0);
	if (!below(10))
		world_context(WORLD_DEV + (uint16_t)below(2), WORLD_TABLES | !!below(8),
			      2 | below(8) << VTD_CONTEXT_DID_LOW);
	world_set(WORLD_IRT + below(64) * 8, below(2) ? 1 | below(256) << 16 : 0);
}

static void sequence(void)
{
	struct viommu_config config = world_config();

	config.run_limit = 100000;
	pair_begin(&pair, &config);
	world_chain();
	for (unsigned i = 0; i < STEPS; i++) {
		unsigned step = (unsigned)below(sizeof(steps) / sizeof(steps[0]));

		change_tables();
		steps[step]();
		pair_poll(&pair);
		access_both();
		pair_poll(&pair);
		pair_compare(&pair);
	}
	/* Each message went out of both. */
	EXPECT(pair.w.u.stats.events == pair.by.stats.events);
	EXPECT(!memcmp(&pair.w.u.stats, &pair.by.stats, sizeof(pair.by.stats)));
}

START_TEST(trap_and_page_are_the_same)
{
	uint64_t events = 0, errors = 0, waits = 0;

	for (uint64_t seed = 1; seed <= SEQUENCES; seed++) {
		prng.state = seed;
		sequence();
		events += pair.by.stats.events;
		errors += pair.by.stats.queue_errors;
		waits += pair.by.stats.waits;
	}
	ck_assert_uint_gt(events, 100);
	ck_assert_uint_gt(errors, 100);
	ck_assert_uint_gt(waits, 1000);
}
END_TEST

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
	tcase_add_test(tcase, trap_and_page_are_the_same);
	tcase_add_test(tcase, a_driver_on_its_own_cpu);
	return tcase;
}
