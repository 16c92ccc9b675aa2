/* SPDX-License-Identifier: Apache-2.0 */
/* Where the IOMMU of the PC is, if it has one (platform_config.h); what it does is its host's. */
#ifndef PLATFORM_IOMMU_H
#define PLATFORM_IOMMU_H

#include <stdint.h>

#define IOMMU_BASE 0xfed90000u /* one page of registers */

struct platform;

/*
 * An access to its registers, for which the platform's lock is not held: @offset below 4096, 1 to 8
 * bytes. Provided by the host (platform_host.h).
 */
uint64_t platform_iommu_read(struct platform *p, unsigned offset, unsigned size);
void platform_iommu_write(struct platform *p, unsigned offset, unsigned size, uint64_t value);

#endif
