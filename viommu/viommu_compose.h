/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the library: what a translation is, from L1's tables and EPT01. */
#ifndef VIOMMU_COMPOSE_H
#define VIOMMU_COMPOSE_H

#include "viommu.h"

/* A leaf for the composed table; 0 where L1's memory has nothing. */
struct viommu_made {
	uint64_t leaf;
	unsigned level;
};

/*
 * Walks L1's second-level table for an access that needs these rights (VTD_PTE_R, VTD_PTE_W, or 0:
 * any page), and the page's address through EPT01. Returns 0 and the leaf, of the smaller of both
 * pages and with the rights of both; or the fault's reason.
 */
unsigned viommu_compose(struct viommu *u, const struct viommu_domain *d, uint64_t iova,
			uint64_t need, struct viommu_made *out);

/* What is reserved in paging entries, for viommu.reserved. */
void viommu_compose_init(struct viommu *u);

#endif
