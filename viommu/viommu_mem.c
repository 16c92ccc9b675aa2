// SPDX-License-Identifier: Apache-2.0
#include "viommu_mem.h"
#include "ept_walk.h"

/* An address that is no address: what lies there has no rights. */
static const struct viommu_window nowhere = {.l1 = ~UINT64_C(0), .shift = EPT_SHIFT_4K};

void viommu_look_anew(const struct viommu *u, struct viommu_window *window, uint64_t l1)
{
	struct ept_walk walk;
	uint64_t offset;

	ept01_walk(u->ept01, l1, &walk);
	*window = nowhere;
	if (walk.status != EPT_WALK_OK || walk.memtype != EPT_WB)
		return;
	offset = (UINT64_C(1) << walk.shift) - 1;
	*window = (struct viommu_window){
		.l1 = l1,
		.base = (walk.addr & ~offset) - (l1 & ~offset),
		.shift = walk.shift,
		.rights = walk.rights,
	};
}

void viommu_windows_drop(struct viommu *u)
{
	for (unsigned i = 0; i < VIOMMU_WINDOWS; i++)
		u->window[i] = nowhere;
}
