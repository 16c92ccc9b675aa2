// SPDX-License-Identifier: Apache-2.0
#include "viommu_teardown.h"
#include "viommu_compose.h"
#include "viommu_host.h"
#include "viommu_table.h"

struct dead {
	uint64_t iova, when;
	uint32_t life, domain;
};

#define PER_PAGE (EPT_PAGE_SIZE / sizeof(struct dead))

static struct dead *record(const struct viommu *u, uint32_t n)
{
	return (struct dead *)ept_ptr(u->dead.page[n / PER_PAGE]) + n % PER_PAGE;
}

uint32_t viommu_teardown_pages(uint32_t entries)
{
	return (uint32_t)((entries + PER_PAGE - 1) / PER_PAGE);
}

int viommu_teardown_init(struct viommu *u)
{
	uint32_t pages = viommu_teardown_pages(u->config.teardown_entries);
	struct ept_pages list = {0}; /* they never go back */

	if (pages > VIOMMU_DEAD_PAGES || u->pool.free < pages)
		return EPT_EINVAL;
	for (uint32_t i = 0; i < pages; i++)
		u->dead.page[i] = ept_pool_alloc(&u->pool, &list);
	return 0;
}

void viommu_teardown_reset(struct viommu *u)
{
	u->dead.first = u->dead.count = 0;
}

/* Takes the oldest out of the list, and its leaf out of the tables if it is still dead. */
static void expire_oldest(struct viommu *u)
{
	struct dead old = *record(u, u->dead.first);
	struct viommu_domain *d = &u->domain[old.domain];
	uint64_t *entry;
	unsigned level;

	u->dead.first = (u->dead.first + 1) % u->config.teardown_entries;
	u->dead.count--;
	if (d->life != old.life)
		return;
	entry = viommu_table_find(d, old.iova, &level);
	if (!entry || !(*entry & VIOMMU_LEAF_DEAD))
		return;
	u->stats.expired++;
	u->epoch++;
	viommu_table_clear_page(u, d, old.iova, false);
}

void viommu_expire(struct viommu *u, uint64_t now)
{
	while (u->dead.count && now - record(u, u->dead.first)->when >= u->config.teardown_ticks)
		expire_oldest(u);
}

static bool still_made(struct viommu *u, const struct viommu_domain *d, uint64_t leaf,
		       unsigned level, uint64_t iova)
{
	struct viommu_made made;

	return u->config.caching_mode && !viommu_compose(u, d, iova, 0, &made) && made.leaf &&
	       made.level == level && !((made.leaf ^ leaf) & (VTD_PTE_ADDR | VTD_PTE_RW));
}

bool viommu_teardown_keep(struct viommu *u, struct viommu_domain *d, uint64_t *entry,
			  unsigned level, uint64_t iova)
{
	uint64_t leaf = *entry;

	if (still_made(u, d, leaf, level, iova)) {
		u->stats.reused += (leaf & VIOMMU_LEAF_DEAD) != 0;
		ept_store(entry, leaf & ~VIOMMU_LEAF_DEAD);
		return true;
	}
	if (leaf & VIOMMU_LEAF_DEAD)
		return true;
	if (u->dead.count == u->config.teardown_entries)
		expire_oldest(u); /* never this leaf, which is alive */
	ept_store(entry, leaf | VIOMMU_LEAF_DEAD);
	*record(u, (u->dead.first + u->dead.count++) % u->config.teardown_entries) =
		(struct dead){.iova = iova,
			      .when = viommu_host_now(u),
			      .life = d->life,
			      .domain = (uint32_t)(d - u->domain)};
	u->stats.kept++;
	return true;
}
