// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>
#include "ept_compose.h"
#include "ept_slot.h"
#include "ept_table.h"
#include "ept_walk.h"

/* What the hardware's qualification and L1's have in common; bits 5:3 come from EPT12. */
#define QUAL_KEPT (EPT_QUAL_ACCESS | EPT_QUAL_LINEAR | EPT_QUAL_FINAL | EPT_QUAL_NMI_UNBLOCK)

/* One leaf to be put into EPT02. */
struct leaf {
	uint64_t entry;
	unsigned level;
	uint64_t l1_gpa; /* of its first byte */
};

/*
 * The stronger of two memory types, as the processor combines MTRRs and PAT: write-back gives way
 * to the other, two that differ otherwise are only safe uncached.
 */
static unsigned stronger(unsigned a, unsigned b)
{
	if (a == b || b == EPT_WB)
		return a;
	return a == EPT_WB ? b : EPT_UC;
}

static uint64_t leaf_rights(const struct ept02_slot *slot, const struct ept_walk *w12,
			    const struct ept_walk *w01)
{
	uint64_t rights = w12->rights & w01->rights;

	/* The first write must come back, so that D can be set for L1. */
	if ((slot->eptp12 & EPTP_AD) && !w12->dirty)
		rights &= ~EPT_W;
	return rights;
}

/* Both walks end in leaves that are aligned to their sizes, so is the smaller of the two. */
static struct leaf compose(const struct ept02_slot *slot, const struct ept_walk *w12,
			   const struct ept_walk *w01)
{
	unsigned level = w12->level < w01->level ? w12->level : w01->level;
	uint64_t offset = (UINT64_C(1) << ept_shift(level)) - 1;
	uint64_t rights = leaf_rights(slot, w12, w01);
	uint64_t entry = (w01->addr & ~offset) | rights;

	entry |= (uint64_t)stronger(w12->memtype, w01->memtype) << EPT_MEMTYPE_SHIFT;
	if (w12->ipat || w01->ipat)
		entry |= EPT_IPAT;
	if (level > 1)
		entry |= EPT_LARGE;
	/* Nobody reads EPT02's own flags: set, they spare the processor from setting them. */
	entry |= EPT_A | (rights & EPT_W ? EPT_D : 0);
	return (struct leaf){entry, level, w12->addr & ~offset};
}

/* The table below this entry; a leaf in its place makes way for an empty one. 0: no page. */
static uint64_t table_below(struct ept02_cache *cache, struct ept02_slot *slot, uint64_t *entry,
			    unsigned level)
{
	uint64_t old = *entry, table;

	if (ept_present(old) && !ept_is_leaf(old, level))
		return old & EPT_ADDR_MASK;
	table = ept_pool_alloc(&cache->pool, &slot->pages);
	if (!table)
		return 0;
	if (ept_present(old)) {
		cache->stats.replaced++;
		ept02_need_flush(cache, slot);
	}
	ept_store(entry, ept_table_entry(table));
	return table;
}

static void count_fill(struct ept02_stats *stats, unsigned level)
{
	uint64_t *counters[] = {NULL, &stats->filled_4k, &stats->filled_2m, &stats->filled_1g};

	++*counters[level];
}

static void set_leaf(struct ept02_cache *cache, struct ept02_slot *slot, uint64_t *entry,
		     const struct leaf *leaf)
{
	uint64_t old = *entry, differ = old ^ leaf->entry;

	if (!differ) {
		cache->stats.unchanged++;
		return;
	}
	ept_store(entry, leaf->entry);
	if (!ept_present(old)) {
		count_fill(&cache->stats, leaf->level);
	} else if (!(differ & ~(EPT_RWX | EPT_D)) && !(old & ~leaf->entry)) {
		cache->stats.upgraded++;
	} else {
		cache->stats.replaced++;
		ept02_need_flush(cache, slot);
		ept_free_below(&cache->pool, &slot->pages, old, leaf->level);
	}
}

/* False if a table could not be made; what was made so far is empty and hooked in. */
static bool install(struct ept02_cache *cache, struct ept02_slot *slot, uint64_t l2_gpa,
		    const struct leaf *leaf)
{
	uint64_t table = slot->root;

	ept02_slot_grow(slot, l2_gpa, leaf->l1_gpa, leaf->level);
	for (unsigned level = EPT_LEVELS; level > leaf->level; level--) {
		table = table_below(cache, slot, ept_entry(table, l2_gpa, level), level);
		if (!table)
			return false;
	}
	set_leaf(cache, slot, ept_entry(table, l2_gpa, leaf->level), leaf);
	return true;
}

static enum ept_verdict refuse(enum ept_verdict verdict, uint64_t qual, const struct ept_walk *w12,
			       struct ept_fault *out)
{
	*out = (struct ept_fault){
		.l1_gpa = w12->addr,
		.rights12 = w12->rights,
		.table_gone = w12->table_gone,
	};
	if (verdict == EPT_REFLECT_VIOLATION)
		out->qualification = (qual & QUAL_KEPT) | (uint64_t)w12->rights
								  << EPT_QUAL_RIGHTS_SHIFT;
	return verdict;
}

/*
 *      L2 gpa --- EPT12 ---> L1 gpa --- EPT01 ---> hpa
 *         |    (L1's rights)     |   (L0's rights)   |
 *         |  no: reflect         |  no: L0's own     |
 *         +------------------- EPT02 ----------------+   yes: one leaf
 */
enum ept_verdict ept02_fill(struct ept02_cache *cache, struct ept02_slot *slot,
			    const struct ept01 *ept01, uint64_t l2_gpa, uint64_t qual,
			    struct ept_fault *out)
{
	uint64_t access = qual & EPT_QUAL_ACCESS;
	struct ept_walk w12, w01;
	struct leaf leaf;

	ept12_walk(ept01, &cache->caps12, slot->eptp12, l2_gpa, access, &w12);
	switch (w12.status) {
	case EPT_WALK_VIOLATION:
		return refuse(EPT_REFLECT_VIOLATION, qual, &w12, out);
	case EPT_WALK_MISCONFIG:
		return refuse(EPT_REFLECT_MISCONFIG, qual, &w12, out);
	case EPT_WALK_RACED:
		cache->stats.raced++;
		return EPT_FILLED;
	case EPT_WALK_OK:
		break;
	}

	ept01_walk(ept01, w12.addr, &w01);
	/* Without a common right there is nothing to fill, whatever was tried. */
	if (w01.status != EPT_WALK_OK || (w01.rights & access) != access ||
	    !(w01.rights & w12.rights)) {
		refuse(EPT_L0_OWN, qual, &w12, out);
		out->rights01 = w01.rights;
		return EPT_L0_OWN;
	}

	leaf = compose(slot, &w12, &w01);
	if (!install(cache, slot, l2_gpa, &leaf)) {
		ept02_make_room(cache, slot);
		install(cache, slot, l2_gpa, &leaf);
	}
	return EPT_FILLED;
}
