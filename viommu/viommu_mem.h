/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the library: L1's memory, through EPT01. What L1 has in it may change at any time, so each
 * word is loaded once, and what was loaded is what counts.
 */
#ifndef VIOMMU_MEM_H
#define VIOMMU_MEM_H

#include <stddef.h>
#include "ept_table.h"
#include "viommu.h"

/* Makes @window one that @l1 lies in. */
void viommu_look_anew(const struct viommu *u, struct viommu_window *window, uint64_t l1);

/* None is remembered any more. */
void viommu_windows_drop(struct viommu *u);

/* What EPT01 has at @l1: remembered, or found anew. Rights of 0: no RAM. */
static inline const struct viommu_window *viommu_look(struct viommu *u, uint64_t l1)
{
	struct viommu_window *window = &u->window[l1 >> EPT_SHIFT_2M & (VIOMMU_WINDOWS - 1)];

	if ((window->l1 ^ l1) >> window->shift)
		viommu_look_anew(u, window, l1);
	return window;
}

/* A pointer to L1's memory, good to the end of its 4 KiB; NULL if it is no RAM, or lacks a right.
 */
static inline void *viommu_l1_ptr(struct viommu *u, uint64_t l1, uint64_t rights)
{
	const struct viommu_window *window = viommu_look(u, l1);

	if ((window->rights & rights) != rights)
		return NULL;
	return ept_ptr(window->base + l1);
}

/* Both halves of a 16-byte entry or descriptor, the lower first. False if there is no RAM. */
static inline bool viommu_l1_load(struct viommu *u, uint64_t l1, uint64_t out[2])
{
	const uint64_t *entry = viommu_l1_ptr(u, l1, EPT_R);

	if (!entry)
		return false;
	out[0] = ept_load(&entry[0]);
	out[1] = ept_load(&entry[1]);
	return true;
}

#endif
