// SPDX-License-Identifier: Apache-2.0
#include "start/partition.h"

#include "ept_format.h"
#include "ept_mem.h"

bool partition_add(struct partition *p, unsigned owner, uint64_t hpa, uint64_t size)
{
	if (!size)
		return true;
	if (p->ranges == PARTITION_RANGES)
		return false;
	p->range[p->ranges++] = (struct partition_range){hpa, hpa + size, owner};
	return true;
}

static bool overlap(const struct partition_range *a, const struct partition_range *b)
{
	return a->start < b->end && b->start < a->end;
}

bool partition_disjoint(const struct partition *p)
{
	for (unsigned i = 0; i < p->ranges; i++)
		for (unsigned j = 0; j < i; j++)
			if (overlap(&p->range[i], &p->range[j]))
				return false;
	return true;
}

/* A page of a guest's: all of it in one range of its machine. */
static bool leaf_holds(const struct partition *p, const struct partition_range *page)
{
	for (unsigned i = 0; i < p->ranges; i++)
		if (p->range[i].owner == page->owner && p->range[i].start <= page->start &&
		    page->end <= p->range[i].end)
			return true;
	return false;
}

/* A table: in no machine's memory. */
static bool is_out_of_reach(const struct partition *p, uint64_t table)
{
	const struct partition_range page = {table, table + EPT_PAGE_SIZE, PARTITION_L0};

	for (unsigned i = 0; i < p->ranges; i++)
		if (p->range[i].owner != PARTITION_L0 && overlap(&p->range[i], &page))
			return false;
	return true;
}

/* As deep as the table has levels. */
static bool table_holds(const struct partition *p, unsigned owner, uint64_t table, unsigned level)
{
	const uint64_t *entry = ept_ptr(table);

	if (!is_out_of_reach(p, table))
		return false;
	for (unsigned i = 0; i < EPT_ENTRIES; i++) {
		uint64_t at = entry[i] & EPT_ADDR_MASK;
		uint64_t size = UINT64_C(1) << ept_shift(level);
		bool holds;

		if (!ept_present(entry[i]))
			continue;
		if (ept_is_leaf(entry[i], level))
			holds = leaf_holds(p, &(struct partition_range){at, at + size, owner});
		else
			holds = table_holds(p, owner, at, level - 1);
		if (!holds)
			return false;
	}
	return true;
}

bool partition_holds(const struct partition *p, unsigned owner, uint64_t root)
{
	return table_holds(p, owner, root, EPT_LEVELS);
}
