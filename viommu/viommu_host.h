/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a unit asks of its surroundings: whoever links the library provides these, and so do the
 * tests. They are called with the caller's lock held and may not call back into the unit.
 * Memory is ept_mem.h's, as for ept-compose.
 */
#ifndef VIOMMU_HOST_H
#define VIOMMU_HOST_H

#include <stdint.h>

struct viommu;

/*
 * The unit's own message: a fault event, or the completion of an invalidation. It is not remapped
 * (VT-d specification 5.1.1); to what is no interrupt address, it is to be dropped.
 */
void viommu_host_msi(struct viommu *u, uint64_t address, uint32_t data);

/* Time in ticks, for the bound of torn-down translations alone. */
uint64_t viommu_host_now(struct viommu *u);

#endif
