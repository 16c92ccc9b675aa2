// SPDX-License-Identifier: Apache-2.0
/* A unit from power-on. */
#include "viommu.h"
#include "viommu_compose.h"
#include "viommu_domain.h"
#include "viommu_mem.h"
#include "viommu_registers.h"
#include "viommu_teardown.h"

static bool widths_possible(const struct viommu_config *c)
{
	unsigned reach = c->agaw_48 ? 48 : 39;

	return (c->agaw_39 || c->agaw_48) && c->mgaw >= 30 && c->mgaw <= reach && c->haw >= 32 &&
	       c->haw <= 52 && c->domain_bits >= 4 && c->domain_bits <= 16 &&
	       c->domain_bits % 2 == 0;
}

static bool possible(const struct viommu_config *c)
{
	return widths_possible(c) && c->max_am <= 18 && c->fault_registers &&
	       c->fault_registers <= VIOMMU_FAULTS_MAX && (!c->eim || c->remapping) &&
	       (!c->posting || c->remapping) && (!c->remapping || c->queued) && c->run_limit &&
	       viommu_teardown_pages(c->teardown_entries) <= VIOMMU_DEAD_PAGES;
}

int viommu_init(struct viommu *u, const struct viommu_config *config, const struct ept01 *ept01,
		uint64_t pool_hpa, uint32_t pool_pages)
{
	int error;

	if (!possible(config))
		return EPT_EINVAL;
	*u = (struct viommu){.config = *config, .ept01 = ept01};
	error = ept_pool_init(&u->pool, pool_hpa, pool_pages);
	if (!error)
		error = viommu_teardown_init(u);
	if (error)
		return error;
	if (u->pool.free < VIOMMU_FILL_PAGES)
		return EPT_EINVAL;
	viommu_compose_init(u);
	viommu_reset(u);
	return 0;
}

void viommu_reset(struct viommu *u)
{
	viommu_registers_reset(u);
	u->root = u->irta = 0;
	u->fault_next = 0;
	viommu_windows_drop(u);
	u->fault_due = u->completion_due = false;
	viommu_contexts_drop(u);
	viommu_domains_drop(u);
	viommu_teardown_reset(u);
}
