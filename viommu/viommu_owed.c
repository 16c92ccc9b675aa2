// SPDX-License-Identifier: Apache-2.0
#include "viommu_owed.h"
#include "viommu_host.h"
#include "viommu_table.h"

/* If all of its domain was dropped since, there is nothing left to be taken out. */
static void carry_out(struct viommu *u, const struct viommu_owed *o)
{
	struct viommu_domain *d = &u->domain[o->domain];

	u->died = o->when;
	if (d->life == o->life)
		viommu_table_clear(u, d, o->iova, o->iova + 1, u->config.teardown_entries);
	u->died = 0;
}

static void carry_out_all(struct viommu *u)
{
	while (u->owed_done < u->owed_count)
		carry_out(u, &u->owed[u->owed_done++]);
}

void viommu_settle(struct viommu *u)
{
	carry_out_all(u);
	u->owed_count = u->owed_done = 0;
}

/* One after the other in the order of their times, which teardown's list has. */
bool viommu_owe(struct viommu *u, const struct viommu_domain *d, uint64_t iova, unsigned am)
{
	if (am || u->config.caching_mode || u->owed_count == VIOMMU_OWED) {
		carry_out_all(u);
		return false;
	}
	u->owed[u->owed_count++] = (struct viommu_owed){
		.iova = iova,
		.when = u->config.teardown_entries ? viommu_host_now(u) : 0,
		.life = d->life,
		.domain = (uint32_t)(d - u->domain),
	};
	return true;
}
