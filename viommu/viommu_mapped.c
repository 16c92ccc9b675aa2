// SPDX-License-Identifier: Apache-2.0
/* What L1's tables say now, beside what is composed or remembered of them. */
#include "viommu_compose.h"
#include "viommu_domain.h"
#include "viommu_mem.h"
#include "viommu_registers.h"

struct asked {
	uint64_t iova, need;
	uint64_t *hpa;
};

/* L1's addresses as they are. */
static enum viommu_verdict identity(struct viommu *u, const struct asked *a)
{
	const struct viommu_window *window = viommu_look(u, a->iova);

	if ((window->rights & a->need) != a->need)
		return VIOMMU_ABORT;
	*a->hpa = window->base + a->iova;
	return VIOMMU_OK;
}

static enum viommu_verdict by_tables(struct viommu *u, const struct viommu_context *c,
				     const struct asked *a)
{
	const struct viommu_domain d = {.table = c->table, .levels = c->levels};
	struct viommu_made made;
	uint64_t offset;

	if (viommu_compose(u, &d, a->iova, a->need, &made))
		return VIOMMU_FAULT;
	if ((made.leaf & a->need) != a->need)
		return VIOMMU_ABORT;
	offset = (UINT64_C(1) << ept_shift(made.level)) - 1;
	*a->hpa = (made.leaf & VTD_PTE_ADDR & ~offset) | (a->iova & offset);
	return VIOMMU_OK;
}

enum viommu_verdict viommu_mapped(struct viommu *u, uint16_t source, uint64_t iova, bool write,
				  uint64_t *hpa)
{
	const struct asked a = {iova, write ? VTD_PTE_W : VTD_PTE_R, hpa};
	struct viommu_context c = {0};

	if (iova - VTD_MSI_BASE < VTD_MSI_SIZE)
		return write ? VIOMMU_INTERRUPT : VIOMMU_ABORT;
	if (!(viommu_reg32(u, VTD_GSTS) & VTD_GSTS_TES))
		return identity(u, &a);
	if (viommu_context_load(u, source, &c) || viommu_beyond(u, &c, iova))
		return VIOMMU_FAULT;
	return c.pass ? identity(u, &a) : by_tables(u, &c, &a);
}
