// SPDX-License-Identifier: Apache-2.0
/* One domain's pages, mapped, unmapped and invalidated at random, with and without teardown. */
#include <string.h>
#include "suites.h"
#include "trees.h"
#include "world.h"

#define PAGES 1024u
#define STEPS 200000u

#define OLD 16u

static struct {
	uint64_t now;      /* what L1's table says: L1 address, 0 nothing */
	uint64_t old[OLD]; /* what it has said since the last invalidation */
	unsigned olds;
	struct {
		uint64_t l1, at;
	} dead[OLD]; /* what was old at an invalidation: the last ones */
	unsigned deads;
} page[PAGES];

static struct world w;

static void set_page(unsigned n, uint64_t l1)
{
	EXPECT(page[n].olds < OLD);
	page[n].old[page[n].olds++] = page[n].now;
	page[n].now = l1;
	world_set(WORLD_TABLES + 0x3000 + n * 8, l1 ? l1 | VTD_PTE_RW : 0);
}

static void invalidated(unsigned n)
{
	for (unsigned i = 0; i < page[n].olds; i++) {
		unsigned slot = page[n].deads++ % OLD;

		page[n].dead[slot].l1 = page[n].old[i];
		page[n].dead[slot].at = world_now;
	}
	page[n].olds = 0;
}

/* A fault comes from the tables as they are; a translation may be older, for its time. */
static bool may_be(unsigned n, uint64_t l1, uint64_t ticks)
{
	if (l1 == page[n].now || !l1)
		return l1 == page[n].now;
	for (unsigned i = 0; i < page[n].olds; i++) {
		if (page[n].old[i] == l1)
			return true;
	}
	for (unsigned i = 0; i < OLD; i++) {
		if (page[n].dead[i].l1 == l1 && world_now - page[n].dead[i].at < ticks)
			return true;
	}
	return false;
}

static void invalidate_random(struct prng *prng)
{
	unsigned am = (unsigned)prng_below(prng, 5), first = (unsigned)prng_below(prng, PAGES);

	world_submit(&w, VTD_QI_IOTLB | 0x30 | WORLD_DID << 16, (uint64_t)first << 12 | am);
	first &= ~((1u << am) - 1);
	for (unsigned n = first; n < first + (1u << am); n++)
		invalidated(n);
}

static void use_page(struct prng *prng, uint64_t ticks)
{
	unsigned n = (unsigned)prng_below(prng, PAGES);
	uint64_t l1 = 0;

	if (world_dma(&w, (uint64_t)n << 12, false) == VIOMMU_OK)
		l1 = world_hpa - WORLD_RAM_HPA + WORLD_RAM;
	EXPECT(may_be(n, l1, ticks));
}

static void churn(uint32_t entries, uint64_t ticks, bool caching_mode)
{
	struct viommu_config config = world_config();
	struct prng prng = {entries + ticks};

	config.teardown_entries = entries;
	config.teardown_ticks = ticks;
	config.caching_mode = caching_mode;
	config.eager_pages = caching_mode ? 16 : 0;
	world_begin(&w, &config);
	world_translating(&w);
	world_set(WORLD_TABLES + 0x2008, (WORLD_TABLES + 0x4000) | VTD_PTE_RW);
	world_queue(&w);
	memset(page, 0, sizeof(page));
	for (unsigned i = 0; i < STEPS; i++) {
		world_now++;
		if (prng_percent(&prng, 20))
			set_page((unsigned)prng_below(&prng, PAGES),
				 prng_percent(&prng, 50) ? WORLD_RAM + (prng_below(&prng, 64) << 12)
							 : 0);
		else if (prng_percent(&prng, 25))
			invalidate_random(&prng);
		else
			use_page(&prng, ticks);
	}
	EXPECT(!world_read32(&w, VTD_FSTS) ||
	       world_read32(&w, VTD_FSTS) == (VTD_FSTS_PPF | VTD_FSTS_PFO));
}

START_TEST(pages_under_churn)
{
	churn(0, 0, false);
	ck_assert_uint_eq(w.u.stats.stale, 0);
	churn(0, 0, true);
}
END_TEST

START_TEST(pages_under_churn_with_teardown)
{
	churn(32, 500, false);
	ck_assert_uint_gt(w.u.stats.stale, 10);
	ck_assert_uint_gt(w.u.stats.reused, 10);
	churn(1000, 200, true);
	ck_assert_uint_gt(w.u.stats.stale, 10);
	churn(1000, 0, false);
	ck_assert_uint_eq(w.u.stats.stale, 0);
}
END_TEST

TCase *churn_cases(void)
{
	TCase *tcase = tcase_create("churn");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, pages_under_churn);
	tcase_add_test(tcase, pages_under_churn_with_teardown);
	return tcase;
}
