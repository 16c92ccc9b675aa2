/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the library: optimistic teardown. A translation whose page L1 has invalidated is not taken
 * out but marked dead, and stands in a list, oldest first, that has two bounds: how many, how long.
 * What it weakens: until then a DMA to it may still go to where it went before. What it does not:
 * that is a frame of this machine, as EPT01 still has it; a page that L1 has mapped anew
 * translates to what it now is; and all coarser invalidations are strict.
 */
#ifndef VIOMMU_TEARDOWN_H
#define VIOMMU_TEARDOWN_H

#include "viommu.h"

/* Page-selective invalidations of more pages than this (log2) are strict, so that their work is not
 * that of each page. */
#define VIOMMU_KEEP_AM 9u

/* Pages of the pool that the list of @entries takes. */
uint32_t viommu_teardown_pages(uint32_t entries);

/* Takes the list's pages from the pool. */
int viommu_teardown_init(struct viommu *u);

/* Forgets all: nothing is composed any more. */
void viommu_teardown_reset(struct viommu *u);

/*
 * Marks a leaf dead, for a time. False if it is to be taken out now. Where caching mode makes L1
 * invalidate what it has just mapped, a leaf that L1's tables still make is alive again.
 */
bool viommu_teardown_keep(struct viommu *u, struct viommu_domain *d, uint64_t *entry,
			  unsigned level, uint64_t iova);

#endif
