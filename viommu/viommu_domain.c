// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>
#include "viommu_domain.h"
#include "viommu_compose.h"
#include "viommu_mem.h"
#include "viommu_registers.h"
#include "viommu_table.h"
#include "viommu_teardown.h"

static bool same(const struct viommu_domain *d, const struct viommu_context *c)
{
	return d->table == c->table && d->did == c->did && d->levels == c->levels;
}

/* The context's own, else the one used longest ago, where a free one has never been used. */
static struct viommu_domain *find(struct viommu *u, const struct viommu_context *c)
{
	struct viommu_domain *oldest = u->domain;

	for (unsigned i = 0; i < VIOMMU_DOMAINS; i++) {
		if (same(&u->domain[i], c))
			return &u->domain[i];
		if (u->domain[i].used < oldest->used)
			oldest = &u->domain[i];
	}
	return oldest;
}

static uint32_t *set_of(struct viommu *u, uint16_t did)
{
	return &u->with_did[did & (VIOMMU_SETS - 1)];
}

static void name(struct viommu *u, struct viommu_domain *d, uint16_t did)
{
	uint32_t bit = UINT32_C(1) << (d - u->domain);

	*set_of(u, d->did) &= ~bit;
	*set_of(u, did) |= bit;
	d->did = did;
}

struct viommu_domain *viommu_domain_get(struct viommu *u, struct viommu_context *c)
{
	struct viommu_domain *d = &u->domain[c->domain];

	if (!same(d, c)) {
		d = find(u, c);
		c->domain = (uint8_t)(d - u->domain);
	}
	d->used = ++u->clock;
	if (same(d, c))
		return d;
	u->stats.recycled += d->levels != 0;
	if (u->domains <= c->domain)
		u->domains = c->domain + 1u;
	viommu_table_drop(u, d);
	d->table = c->table;
	name(u, d, c->did);
	d->levels = c->levels;
	return d;
}

static struct viommu_domain *oldest_tree(struct viommu *u, const struct viommu_domain *keep)
{
	struct viommu_domain *oldest = NULL;

	for (unsigned i = 0; i < u->domains; i++) {
		struct viommu_domain *d = &u->domain[i];

		if (d != keep && d->root && (!oldest || d->used < oldest->used))
			oldest = d;
	}
	return oldest;
}

void viommu_domain_room(struct viommu *u, struct viommu_domain *keep)
{
	while (u->pool.free < VIOMMU_FILL_PAGES) {
		struct viommu_domain *victim = oldest_tree(u, keep);

		u->stats.evicted++;
		viommu_table_drop(u, victim ? victim : keep);
	}
}

void viommu_domains_drop(struct viommu *u)
{
	for (unsigned i = 0; i < u->domains; i++)
		viommu_table_drop(u, &u->domain[i]);
	u->epoch++;
}

void viommu_l1_changed(struct viommu *u)
{
	viommu_windows_drop(u);
	viommu_contexts_drop(u);
	viommu_domains_drop(u);
}

/* Caching mode: L1 has invalidated what it has mapped, so these are the pages that come next. */
static void fill_eagerly(struct viommu *u, struct viommu_domain *d, uint64_t iova, uint64_t end)
{
	struct viommu_made made;
	unsigned level;

	for (uint32_t n = 0; n < u->config.eager_pages && iova < end; n++) {
		uint64_t step = EPT_PAGE_SIZE;

		if (!viommu_table_find(d, iova, &level) && !viommu_compose(u, d, iova, 0, &made) &&
		    made.leaf) {
			viommu_domain_room(u, d);
			viommu_table_set(u, d, iova, made.level, made.leaf);
			u->stats.filled[made.level]++;
			step = UINT64_C(1) << ept_shift(made.level);
		}
		iova = (iova & ~(step - 1)) + step;
	}
}

/* Page-selective: 2^AM pages, of which address and bits below AM do not count. */
static __attribute__((noinline)) void invalidate_range(struct viommu *u, struct viommu_domain *d,
						       uint64_t address)
{
	unsigned am = address & VTD_IVA_AM;
	uint64_t span = VTD_PAGE_SIZE << am, iova = address & ~(span - 1);
	bool keep = u->config.teardown_entries && am <= VIOMMU_KEEP_AM;

	/* Without caching mode, a domain that no device has used has nothing to lose. */
	if (iova >> ept_shift(d->levels + 1u) ||
	    !(d->root || (u->config.caching_mode && d->levels)))
		return;
	if (!am)
		viommu_table_clear_page(u, d, iova, keep);
	else
		viommu_table_clear(u, d, iova, iova + span, keep);
	if (u->config.caching_mode)
		fill_eagerly(u, d, iova, iova + span);
}

/* Mostly one page, of which nothing is to stay. */
static void invalidate_pages(struct viommu *u, struct viommu_domain *d, uint64_t address)
{
	if (address & VTD_IVA_AM || u->config.teardown_entries || u->config.caching_mode)
		invalidate_range(u, d, address);
	else
		viommu_table_clear_page(u, d, address, false);
}

/* Mostly one: there are several with an identifier while L1 changes a device's table, or errs. */
static void invalidate_domains(struct viommu *u, unsigned granularity, uint16_t did,
			       uint64_t address)
{
	for (uint32_t set = *set_of(u, did); set; set &= set - 1) {
		struct viommu_domain *d = &u->domain[__builtin_ctz(set)];

		if (d->did != did)
			continue;
		if (granularity == VTD_PAGE)
			invalidate_pages(u, d, address);
		else
			viommu_table_drop(u, d);
	}
}

unsigned viommu_invalidate_iotlb(struct viommu *u, unsigned granularity, uint16_t did,
				 uint64_t address)
{
	if (granularity == VTD_PAGE && (address & VTD_IVA_AM) > u->config.max_am)
		granularity = 0;
	u->stats.iotlb[granularity]++;
	if (!granularity)
		return 0;
	if (granularity == VTD_GLOBAL)
		viommu_domains_drop(u);
	else
		invalidate_domains(u, granularity, did, address);
	u->epoch++;
	return granularity;
}
