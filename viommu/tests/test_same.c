// SPDX-License-Identifier: Apache-2.0
/* The same random driver by trap and by register page: the same unit afterwards, at each step. */
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

TCase *same_cases(void)
{
	TCase *tcase = tcase_create("same");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, trap_and_page_are_the_same);
	return tcase;
}
