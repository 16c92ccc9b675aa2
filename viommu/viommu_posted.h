/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIOMMU_POSTED_H
#define VIOMMU_POSTED_H

#include "viommu.h"

/*
 * An interrupt whose entry, found good, has the posted format (VT-d specification 5.2.3): the
 * vector goes into the descriptor that the entry names, in L1's memory. The reason to block it, or
 * 0. Then *quiet says that nobody is to be notified, or *out is the notification.
 */
unsigned viommu_post(struct viommu *u, const uint64_t entry[2], struct viommu_interrupt *out,
		     bool *quiet);

#endif
