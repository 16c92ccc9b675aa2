/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the library: L1's memory, through EPT01. What L1 has in it may change at any time, so each
 * word is loaded once, and what was loaded is what counts.
 */
#ifndef VIOMMU_MEM_H
#define VIOMMU_MEM_H

#include <stddef.h>
#include "ept_table.h"
#include "ept_walk.h"
#include "viommu.h"

static inline void viommu_look(const struct viommu *u, struct viommu_window *window, uint64_t l1)
{
	struct ept_walk walk;

	if (window->shift && !((window->l1 ^ l1) >> window->shift))
		return;
	ept01_walk(u->ept01, l1, &walk);
	*window = (struct viommu_window){.l1 = l1, .shift = EPT_SHIFT_4K};
	if (walk.status != EPT_WALK_OK || walk.memtype != EPT_WB)
		return;
	window->shift = walk.shift;
	window->rights = walk.rights;
	window->hpa = walk.addr & ~((UINT64_C(1) << walk.shift) - 1);
}

/* A pointer to L1's memory, good to the end of its 4 KiB; NULL if it is no RAM, or lacks a right.
 */
static inline void *viommu_l1_ptr(const struct viommu *u, struct viommu_window *window, uint64_t l1,
				  uint64_t rights)
{
	viommu_look(u, window, l1);
	if ((window->rights & rights) != rights)
		return NULL;
	return ept_ptr(window->hpa + (l1 & ((UINT64_C(1) << window->shift) - 1)));
}

/* Both halves of a 16-byte entry or descriptor, the lower first. False if there is no RAM. */
static inline bool viommu_l1_load(const struct viommu *u, struct viommu_window *window, uint64_t l1,
				  uint64_t out[2])
{
	const uint64_t *entry = viommu_l1_ptr(u, window, l1, EPT_R);

	if (!entry)
		return false;
	out[0] = ept_load(&entry[0]);
	out[1] = ept_load(&entry[1]);
	return true;
}

#endif
