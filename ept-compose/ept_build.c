// SPDX-License-Identifier: Apache-2.0
#include <stdbool.h>
#include "ept_build.h"
#include "ept_table.h"

int ept01_init(struct ept01 *ept01, struct ept_pool *pool, const struct ept_caps *hw)
{
	*ept01 = (struct ept01){.pool = pool, .caps = *hw};
	ept01->root = ept_pool_alloc(pool, &ept01->pages);
	return ept01->root ? 0 : EPT_ENOMEM;
}

void ept01_destroy(struct ept01 *ept01)
{
	ept_pool_free_all(ept01->pool, &ept01->pages);
	ept01->root = 0;
}

uint64_t ept01_eptp(const struct ept01 *ept01)
{
	return ept01->root | EPT_WB | EPTP_WALK_4;
}

/* Recursion no deeper than the three levels below the root. */
void ept_free_below(struct ept_pool *pool, struct ept_pages *list, uint64_t entry, unsigned level)
{
	uint64_t table = entry & EPT_ADDR_MASK;

	if (!ept_present(entry) || ept_is_leaf(entry, level))
		return;
	/* A table of level 1 holds leaves only. */
	for (unsigned i = 0; level > 2 && i < EPT_ENTRIES; i++)
		ept_free_below(pool, list, *(uint64_t *)ept_ptr(table + i * 8), level - 1);
	ept_pool_free(pool, list, table);
}

/* What a range becomes: leaves of these attributes at gpa + offset, or nothing (attr 0). */
struct change {
	uint64_t attr;
	uint64_t offset;
};

/* Makes @table (of level - 1) say what the leaf says that it will replace. */
static void split_leaf(uint64_t table, uint64_t leaf, unsigned level)
{
	uint64_t step = UINT64_C(1) << ept_shift(level - 1);
	uint64_t entry = level == 2 ? leaf & ~EPT_LARGE : leaf;

	for (unsigned i = 0; i < EPT_ENTRIES; i++, entry += step)
		*(uint64_t *)ept_ptr(table + i * 8) = entry;
}

/* The table below this entry, made if need be; 0 if there is no page for it. */
static uint64_t table_below(struct ept01 *ept01, uint64_t *entry, unsigned level)
{
	uint64_t old = *entry, table;

	if (ept_present(old) && !ept_is_leaf(old, level))
		return old & EPT_ADDR_MASK;
	table = ept_pool_alloc(ept01->pool, &ept01->pages);
	if (!table)
		return 0;
	if (ept_present(old))
		split_leaf(table, old, level);
	ept_store(entry, ept_table_entry(table));
	return table;
}

/* May one entry of this level take all of its span from @gpa on? */
static bool fits(const struct ept01 *ept01, const struct change *change, uint64_t gpa,
		 unsigned level)
{
	uint64_t mask = (UINT64_C(1) << ept_shift(level)) - 1;

	if (!change->attr)
		return true;
	return level <= (ept01->caps.page_1g ? 3 : 2) && !((gpa + change->offset) & mask);
}

static void set_entry(struct ept01 *ept01, const struct change *change, uint64_t *entry,
		      uint64_t gpa, unsigned level)
{
	uint64_t old = *entry, leaf = 0;

	if (change->attr)
		leaf = (gpa + change->offset) | change->attr | (level > 1 ? EPT_LARGE : 0);
	ept_store(entry, leaf);
	ept_free_below(ept01->pool, &ept01->pages, old, level);
}

/*
 * Applies the change to [gpa, end), which lies within one table. Each entry is either set as a
 * whole, or its part of the range goes one level down:
 *
 *      gpa                                              end
 *       |--- part ---|------ whole ------|--- part ------|
 *       down a level   one entry set       down a level
 */
static int change_range(struct ept01 *ept01, uint64_t table, unsigned level, uint64_t gpa,
			uint64_t end, const struct change *change)
{
	uint64_t span = UINT64_C(1) << ept_shift(level), next;

	for (; gpa < end; gpa = next) {
		uint64_t *entry = ept_entry(table, gpa, level), below;
		int error;

		next = (gpa | (span - 1)) + 1;
		if (next > end)
			next = end;
		if (next - gpa == span && fits(ept01, change, gpa, level)) {
			set_entry(ept01, change, entry, gpa, level);
			continue;
		}
		if (!change->attr && !ept_present(*entry))
			continue;
		below = table_below(ept01, entry, level);
		if (!below)
			return EPT_ENOMEM;
		error = change_range(ept01, below, level - 1, gpa, next, change);
		if (error)
			return error;
	}
	return 0;
}

/* Page-aligned, and [start, start + size) within so many bits? */
static bool range_valid(uint64_t start, uint64_t size, unsigned bits)
{
	uint64_t limit = UINT64_C(1) << bits;

	return !((start | size) % EPT_PAGE_SIZE) && size <= limit && start <= limit - size;
}

static bool leaf_valid(const struct ept01 *ept01, uint64_t rights, unsigned memtype)
{
	if ((rights & ~(EPT_RWX | EPT_IPAT)) || !(rights & EPT_RWX))
		return false;
	if (!(rights & EPT_R) && ((rights & EPT_W) || !ept01->caps.exec_only))
		return false;
	return memtype <= EPT_WB && memtype != 2 && memtype != 3;
}

int ept01_map(struct ept01 *ept01, uint64_t gpa, uint64_t hpa, uint64_t size, uint64_t rights,
	      unsigned memtype)
{
	struct change change = {
		.attr = rights | (uint64_t)memtype << EPT_MEMTYPE_SHIFT,
		.offset = hpa - gpa,
	};

	if (!range_valid(gpa, size, EPT_GPA_BITS) ||
	    !range_valid(hpa, size, ept01->caps.maxphyaddr) || !leaf_valid(ept01, rights, memtype))
		return EPT_EINVAL;
	return change_range(ept01, ept01->root, EPT_LEVELS, gpa, gpa + size, &change);
}

int ept01_split(struct ept01 *ept01, uint64_t gpa)
{
	uint64_t table = ept01->root;

	for (unsigned level = EPT_LEVELS; table && level > 1; level--) {
		uint64_t *entry = ept_entry(table, gpa, level);

		if (!ept_present(*entry))
			return EPT_EINVAL;
		table = table_below(ept01, entry, level);
	}
	return table ? 0 : EPT_ENOMEM;
}

int ept01_unmap(struct ept01 *ept01, uint64_t gpa, uint64_t size)
{
	struct change change = {0};

	if (!range_valid(gpa, size, EPT_GPA_BITS))
		return EPT_EINVAL;
	return change_range(ept01, ept01->root, EPT_LEVELS, gpa, gpa + size, &change);
}
