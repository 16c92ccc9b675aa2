// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>
#include "viommu_table.h"
#include "viommu_teardown.h"

/* Of an entry above a table of level 1: how many leaves that has, 0 to 512. */
#define COUNT_SHIFT 52
#define COUNT_ONE   VTD_BIT(COUNT_SHIFT)

static uint64_t count_of(uint64_t entry)
{
	return entry >> COUNT_SHIFT;
}

static bool present(uint64_t entry)
{
	return entry & VTD_PTE_RW;
}

/* From the root. On the way to a table of level 1 the entry that points to it is remembered. */
static __attribute__((noinline)) uint64_t *descend(struct viommu_domain *d, uint64_t iova,
						   unsigned *level)
{
	uint64_t table = d->root, *entry;

	if (!table || iova >> ept_shift(d->levels + 1u))
		return NULL;
	for (*level = d->levels;; --*level) {
		entry = ept_entry(table, iova, *level);
		if (!present(*entry))
			return NULL;
		if (ept_is_leaf(*entry, *level))
			return entry;
		if (*level == 2) {
			d->near = entry;
			d->near_iova = iova;
		}
		table = *entry & VTD_PTE_ADDR;
	}
}

/* Does the remembered entry point to the table for this address? */
static bool is_near(const struct viommu_domain *d, uint64_t iova)
{
	return d->near && !((iova ^ d->near_iova) >> EPT_SHIFT_2M);
}

static uint64_t *near_entry(const struct viommu_domain *d, uint64_t iova)
{
	return ept_entry(*d->near & VTD_PTE_ADDR, iova, 1);
}

uint64_t *viommu_table_find(struct viommu_domain *d, uint64_t iova, unsigned *level)
{
	uint64_t *entry;

	if (!is_near(d, iova))
		return descend(d, iova, level);
	entry = near_entry(d, iova);
	*level = 1;
	return present(*entry) ? entry : NULL;
}

/* Empties an entry, and frees the tables below it. Returns how many pages it had mapped. */
static uint64_t drop_entry(struct viommu *u, struct viommu_domain *d, uint64_t *entry,
			   unsigned level)
{
	uint64_t old = *entry, table = old & VTD_PTE_ADDR, pages = 0;

	if (!present(old))
		return 0;
	ept_store(entry, 0);
	if (ept_is_leaf(old, level))
		return viommu_leaf_pages(level);
	if (level == 2)
		pages = count_of(old);
	d->near = NULL;
	for (unsigned i = 0; level > 2 && i < EPT_ENTRIES; i++)
		pages += drop_entry(u, d, (uint64_t *)ept_ptr(table + i * 8), level - 1);
	ept_pool_free(&u->pool, &d->pages, table);
	return pages;
}

static void unmapped(struct viommu *u, struct viommu_domain *d, uint64_t pages)
{
	d->mapped -= pages;
	u->stats.mapped -= pages;
	u->stats.dropped += pages;
}

static void mapped(struct viommu *u, struct viommu_domain *d, uint64_t pages)
{
	d->mapped += pages;
	u->stats.mapped += pages;
	if (u->stats.mapped > u->stats.mapped_most)
		u->stats.mapped_most = u->stats.mapped;
}

/* The table below an entry; a new one in place of a leaf, or of nothing. */
static uint64_t table_below(struct viommu *u, struct viommu_domain *d, uint64_t *entry,
			    unsigned level)
{
	uint64_t table;

	if (present(*entry) && !ept_is_leaf(*entry, level))
		return *entry & VTD_PTE_ADDR;
	unmapped(u, d, drop_entry(u, d, entry, level));
	table = ept_pool_alloc(&u->pool, &d->pages);
	ept_store(entry, table | VTD_PTE_RW);
	return table;
}

void viommu_table_set(struct viommu *u, struct viommu_domain *d, uint64_t iova, unsigned level,
		      uint64_t leaf)
{
	uint64_t *entry, *above = NULL;
	uint64_t table;

	if (!d->root)
		d->root = ept_pool_alloc(&u->pool, &d->pages);
	table = d->root;
	for (unsigned at = d->levels; at > level; at--) {
		above = ept_entry(table, iova, at);
		table = table_below(u, d, above, at);
	}
	entry = ept_entry(table, iova, level);
	if (level == 1 && !present(*entry))
		ept_store(above, *above + COUNT_ONE);
	unmapped(u, d, drop_entry(u, d, entry, level));
	ept_store(entry, leaf | (level > 1 ? VTD_PTE_PS : 0));
	mapped(u, d, viommu_leaf_pages(level));
}

struct range {
	uint64_t start, end;
	bool keep;
};

static uint64_t clear_table(struct viommu *u, struct viommu_domain *d, uint64_t table,
			    unsigned level, uint64_t first, const struct range *range);

/* One entry that the range touches, and that covers [iova, ...). */
static uint64_t clear_entry(struct viommu *u, struct viommu_domain *d, uint64_t *entry,
			    unsigned level, uint64_t iova, const struct range *range)
{
	uint64_t span = UINT64_C(1) << ept_shift(level), pages;
	bool whole = iova >= range->start && iova + span <= range->end;

	if (!present(*entry))
		return 0;
	if (ept_is_leaf(*entry, level)) {
		if (range->keep && viommu_teardown_keep(u, d, entry, level, iova))
			return 0;
		return drop_entry(u, d, entry, level);
	}
	if (whole && !range->keep)
		return drop_entry(u, d, entry, level);
	/* An empty table stays: it is mostly filled again, and clearing a page costs more. */
	pages = clear_table(u, d, *entry & VTD_PTE_ADDR, level - 1, iova, range);
	if (level == 2)
		ept_store(entry, *entry - pages * COUNT_ONE);
	return pages;
}

/* The table's part of the range; @first is the first address that it translates. */
static uint64_t clear_table(struct viommu *u, struct viommu_domain *d, uint64_t table,
			    unsigned level, uint64_t first, const struct range *range)
{
	uint64_t span = UINT64_C(1) << ept_shift(level), pages = 0;
	uint64_t iova = range->start > first ? range->start & ~(span - 1) : first;

	for (; iova < range->end && iova - first < span * EPT_ENTRIES; iova += span)
		pages += clear_entry(u, d, ept_entry(table, iova, level), level, iova, range);
	return pages;
}

void viommu_table_clear(struct viommu *u, struct viommu_domain *d, uint64_t iova, uint64_t end,
			bool keep)
{
	struct range range = {iova, end, keep};

	if (d->root)
		unmapped(u, d, clear_table(u, d, d->root, d->levels, 0, &range));
}

/* One of level 1 lies in the table that is remembered. */
static inline void drop_leaf(struct viommu *u, struct viommu_domain *d, uint64_t *leaf,
			     unsigned level)
{
	ept_store(leaf, 0);
	if (level == 1)
		ept_store(d->near, *d->near - COUNT_ONE);
	unmapped(u, d, viommu_leaf_pages(level));
}

static __attribute__((noinline)) void clear_far(struct viommu *u, struct viommu_domain *d,
						uint64_t iova, bool keep)
{
	unsigned level;
	uint64_t *leaf = viommu_table_find(d, iova, &level);

	if (leaf && !(keep && viommu_teardown_keep(u, d, leaf, level,
						   iova & -(UINT64_C(1) << ept_shift(level)))))
		drop_leaf(u, d, leaf, level);
}

void viommu_table_clear_page(struct viommu *u, struct viommu_domain *d, uint64_t iova, bool keep)
{
	uint64_t *leaf;

	if (keep || !is_near(d, iova)) {
		clear_far(u, d, iova, keep);
		return;
	}
	leaf = near_entry(d, iova);
	if (present(*leaf))
		drop_leaf(u, d, leaf, 1);
}

void viommu_table_drop(struct viommu *u, struct viommu_domain *d)
{
	ept_pool_free_all(&u->pool, &d->pages);
	unmapped(u, d, d->mapped);
	d->root = 0;
	d->near = NULL;
	d->life++;
}
