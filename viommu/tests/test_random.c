// SPDX-License-Identifier: Apache-2.0
/* Random trees and DMAs: the library against the model, with invalidations under way. */
#include <stdio.h>
#include "iotrees.h"
#include "suites.h"
#include "viommu_registers.h"
#include "vtd_model.h"
#include "world.h"

#define TREES    4000u
#define ACCESSES 80u
#define FRAMES   (EPT01_PAGES * EPT_ENTRIES)

static struct {
	struct iotrees trees;
	struct viommu u;
	bool fresh; /* nothing has changed since all was invalidated */
	unsigned compared, stale, verdict[4];
	unsigned reason[VIOMMU_REASONS];
	uint64_t frame[FRAMES][3]; /* of EPT01: from, to, rights */
	unsigned frames;
} rig;

static void list_frames(uint64_t table, unsigned level)
{
	for (unsigned i = 0; i < EPT_ENTRIES; i++) {
		uint64_t e = arena_get(table + i * 8), hpa = e & EPT_ADDR_MASK;

		if (!ept_present(e))
			continue;
		if (!ept_is_leaf(e, level)) {
			list_frames(hpa, level - 1);
			continue;
		}
		EXPECT(rig.frames < FRAMES);
		rig.frame[rig.frames][0] = hpa;
		rig.frame[rig.frames][1] = hpa + (UINT64_C(1) << ept_shift(level));
		rig.frame[rig.frames++][2] = e & EPT_RWX;
	}
}

/* No DMA reaches a frame that is not the machine's, or not to be written. */
static void check_frame(uint64_t hpa, uint64_t size, bool write)
{
	if (!rig.frames)
		list_frames(rig.trees.base.ept01.root, 4);
	for (unsigned i = 0; i < rig.frames; i++) {
		if (hpa >= rig.frame[i][0] && hpa + size <= rig.frame[i][1] &&
		    (rig.frame[i][2] & (write ? EPT_W : EPT_R)))
			return;
	}
	ck_abort_msg("a DMA out of the machine");
}

static void global_command(uint32_t bits)
{
	viommu_write(&rig.u, VTD_GCMD, 4, bits);
}

static void begin(uint64_t seed)
{
	uint32_t pages = seed % 4 ? WORLD_POOL : VIOMMU_MIN_PAGES + (uint32_t)(seed / 4 % 8);

	iotrees_make(&rig.trees, seed);
	rig.frames = 0;
	EXPECT(!viommu_init(&rig.u, &rig.trees.config, &rig.trees.base.ept01, ARENA_EPT02, pages));
	viommu_write(&rig.u, VTD_RTADDR, 8, IOTREES_PAGE(IOTREES_ROOT));
	global_command(VTD_GCMD_SRTP);
	global_command(VTD_GCMD_TE);
	rig.fresh = true;
}

static void invalidate_iotlb(unsigned granularity, uint64_t did, uint64_t address)
{
	viommu_write(&rig.u, VTD_IVA, 8, address);
	viommu_write(&rig.u, VTD_IOTLB, 8,
		     VTD_IOTLB_IVT | (uint64_t)granularity << VTD_IOTLB_IIRG_SHIFT |
			     did << VTD_IOTLB_DID_SHIFT);
}

static void invalidate_all(void)
{
	viommu_write(&rig.u, VTD_CCMD, 8,
		     VTD_CCMD_ICC | (uint64_t)VTD_GLOBAL << VTD_CCMD_CIRG_SHIFT);
	invalidate_iotlb(VTD_GLOBAL, 0, 0);
	rig.fresh = true;
}

/* Now and then something changes; what is owed is done at once, or later. */
static void disturb(void)
{
	struct prng *prng = &rig.trees.base.prng;
	uint64_t gpa, size;

	if (prng_percent(prng, 10)) {
		iotrees_mutate_page(&rig.trees);
		rig.fresh = false;
	}
	if (prng_percent(prng, 2)) {
		iotrees_mutate_context(&rig.trees);
		rig.fresh = false;
	}
	if (prng_percent(prng, 1)) {
		trees_mutate01(&rig.trees.base, &gpa, &size);
		rig.frames = 0;
		viommu_l1_changed(&rig.u);
	}
	if (prng_percent(prng, 5))
		invalidate_iotlb(VTD_PAGE, prng_below(prng, 6),
				 (rig.trees.recent[prng_below(prng, 8)] & VTD_IVA_ADDR) |
					 prng_below(prng, 19));
	if (prng_percent(prng, 2))
		invalidate_iotlb(VTD_DOMAIN, prng_below(prng, 6), 0);
	if (!rig.fresh && prng_percent(prng, 40))
		invalidate_all();
}

static void compare(const struct vtd_answer *want, enum viommu_verdict got, uint64_t hpa,
		    uint64_t size, uint64_t recorded)
{
	rig.compared++;
	rig.verdict[got]++;
	EXPECT(got == want->verdict);
	if (got == VIOMMU_OK) {
		EXPECT(hpa == want->hpa);
		EXPECT(size == want->size);
	}
	if (got != VIOMMU_FAULT)
		return;
	rig.reason[want->reason]++;
	EXPECT(recorded == want->recorded);
	if (recorded && (viommu_reg64(&rig.u, viommu_frcd(0, true)) >> 32 & 0xff) != want->reason)
		ck_abort_msg("reason %lx, want %x",
			     viommu_reg64(&rig.u, viommu_frcd(0, true)) >> 32, want->reason);
	if (recorded)
		EXPECT((viommu_reg64(&rig.u, viommu_frcd(0, true)) >> 32 & 0xff) == want->reason);
}

/* What L1's tables say is never old, however much is owed. */
static void check_now(const struct vtd_answer *want, uint16_t device, uint64_t iova, bool write)
{
	struct viommu before = rig.u;
	uint64_t hpa = 0;

	EXPECT(viommu_mapped(&rig.u, device, iova, write, &hpa) == want->verdict);
	EXPECT(want->verdict != VIOMMU_OK || hpa == want->hpa);
	EXPECT(!memcmp(&before.stats, &rig.u.stats, sizeof(before.stats)));
	EXPECT(!memcmp(before.context, rig.u.context, sizeof(before.context)));
	EXPECT(before.epoch == rig.u.epoch && before.clock == rig.u.clock);
}

static void one_access(void)
{
	struct trees *base = &rig.trees.base;
	struct vtd_source src = {&rig.trees.config, IOTREES_PAGE(IOTREES_ROOT), base->ept01.root,
				 &base->caps01};
	uint16_t device = iotrees_device(&rig.trees);
	uint64_t iova = iotrees_iova(&rig.trees, device), hpa, size;
	uint64_t recorded = rig.u.stats.recorded;
	bool write = prng_percent(&base->prng, 50);
	struct vtd_answer want = vtd_model(&src, device, iova, write);
	enum viommu_verdict got = viommu_translate(&rig.u, device, iova, write, &hpa, &size);

	check_now(&want, device, iova, write);
	if (rig.fresh) {
		compare(&want, got, hpa, size, rig.u.stats.recorded - recorded);
	} else {
		rig.stale++;
		if (got == VIOMMU_OK)
			check_frame(hpa, size, write);
	}
	viommu_write(&rig.u, viommu_frcd(0, true), 8, VTD_FRCD_F);
}

/* Leaves of a composed table, in pages, as they stand there. */
static uint64_t count_leaves(uint64_t table, unsigned level)
{
	uint64_t pages = 0;

	for (unsigned i = 0; i < EPT_ENTRIES; i++) {
		uint64_t e = arena_get(table + i * 8);

		if (e & VTD_PTE_RW && !ept_is_leaf(e, level))
			pages += count_leaves(e & VTD_PTE_ADDR, level - 1);
		else if (e & VTD_PTE_RW)
			pages += UINT64_C(1) << 9 * (level - 1);
	}
	return pages;
}

/* Each page of the pool is free or a domain's; what is mapped is what is counted. */
static void check_books(void)
{
	uint64_t pages = 0, mapped = 0;

	for (unsigned i = 0; i < VIOMMU_DOMAINS; i++) {
		const struct viommu_domain *d = &rig.u.domain[i];

		pages += d->pages.count;
		if (d->root)
			EXPECT(count_leaves(d->root, d->levels) == d->mapped);
		mapped += d->mapped;
	}
	EXPECT(mapped == rig.u.stats.mapped);
	EXPECT(pages + rig.u.pool.free == rig.u.pool.total);
}

START_TEST(random_trees)
{
	for (uint64_t seed = 1; seed <= TREES; seed++) {
		begin(seed);
		for (unsigned i = 0; i < ACCESSES; i++) {
			disturb();
			one_access();
		}
		check_books();
	}
	printf("viommu: %u translations compared (%u ok, %u faults, %u aborts), %u stale\n",
	       rig.compared, rig.verdict[VIOMMU_OK], rig.verdict[VIOMMU_FAULT],
	       rig.verdict[VIOMMU_ABORT], rig.stale);
	ck_assert_uint_ge(rig.compared, 100000);
	ck_assert_uint_ge(rig.verdict[VIOMMU_OK], 25000);
	for (unsigned reason = 1; reason <= 14; reason++)
		ck_assert_msg(reason == 13 || reason == 8 || rig.reason[reason] > 20,
			      "reason %u: %u", reason, rig.reason[reason]);
}
END_TEST

TCase *random_cases(void)
{
	TCase *tcase = tcase_create("random");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, random_trees);
	return tcase;
}
