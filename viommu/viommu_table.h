/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the library: composed tables, in VT-d's own second-level format, IOVA to host address.
 *
 *	domain.root -> table -> table of level 1 -> leaf: hpa, R, W
 *	                     |
 *	                     `- its entry counts the leaves below it, in bits that VT-d ignores
 *
 * Entries of EPT's and VT-d's tables differ in no bit that is used here, so ept_table.h serves
 *both.
 */
#ifndef VIOMMU_TABLE_H
#define VIOMMU_TABLE_H

#include "ept_table.h"
#include "viommu.h"

/* Of a leaf: its translation was invalidated, and is kept for a while. VT-d ignores the bit. */
#define VIOMMU_LEAF_DEAD VTD_BIT(52)

/* Pages of 4 KiB in a leaf of this level. */
static inline uint64_t viommu_leaf_pages(unsigned level)
{
	return UINT64_C(1) << (ept_shift(level) - EPT_SHIFT_4K);
}

/* The leaf for an address, and its level; NULL: there is none. */
uint64_t *viommu_table_find(struct viommu_domain *d, uint64_t iova, unsigned *level);

/*
 * Sets the leaf of this level, in place of whatever is there. Precondition: the pool has
 * VIOMMU_FILL_PAGES free.
 */
void viommu_table_set(struct viommu *u, struct viommu_domain *d, uint64_t iova, unsigned level,
		      uint64_t leaf);

/*
 * Takes out every leaf of [iova, end), which are whole pages of 4 KiB, and those that only partly
 * lie there too. With @keep each is offered to viommu_teardown_keep() first.
 */
void viommu_table_clear(struct viommu *u, struct viommu_domain *d, uint64_t iova, uint64_t end,
			bool keep);

/* The same for the page of 4 KiB in which @iova lies: most ranges are one. */
void viommu_table_clear_page(struct viommu *u, struct viommu_domain *d, uint64_t iova, bool keep);

/* Takes out all. */
void viommu_table_drop(struct viommu *u, struct viommu_domain *d);

#endif
