/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the library: invalidations of one page that are told to be complete and carried out later,
 * but before any DMA looks into a composed table. Nothing else walks these tables, so it is as
 * strict as at once; the driver waits for less, and the CPU that plays the device does the work.
 *
 *	invalidation ──▶ owed, epoch + 1 ──▶ answered       DMA: not remembered ──▶ all that is owed
 *	       │ VIOMMU_OWED since the last DMA                                     then its table
 *	       └──▶ at once: the device is at rest, and nobody else would do it
 */
#ifndef VIOMMU_OWED_H
#define VIOMMU_OWED_H

#include "viommu.h"

/*
 * With config.owing: 2^@am pages from @iova on are invalidated in @d. True: it is owed, and the
 * caller changes the epoch. False: all that was is done, and this is for the caller to do.
 */
bool viommu_owe(struct viommu *u, const struct viommu_domain *d, uint64_t iova, unsigned am);

/* Before a DMA looks into a table: carries out what is owed, the oldest first. */
void viommu_settle(struct viommu *u);

#endif
