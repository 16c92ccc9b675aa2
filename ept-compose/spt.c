// SPDX-License-Identifier: Apache-2.0
#include "spt.h"
#include "ept_table.h"
#include "ept_walk.h"

/* In an entry that points to a shadow table: below it lies a part of a larger page of the guest. */
#define PART_OF_LARGE UINT64_C(0x200)
#define TABLE_BITS    (SPT_PTE_P | SPT_PTE_W | SPT_PTE_U | SPT_PTE_A)
#define LIMIT_32      (UINT64_C(1) << 32)

/* One leaf to be put into the tables. */
struct leaf {
	uint64_t entry;
	unsigned level;
	unsigned guest_level; /* of the guest's page, as these tables count */
};

int spt_init(struct spt *spt, uint64_t hpa, uint32_t pages, const struct spt_caps *caps)
{
	struct ept_pages root = {0}; /* it never goes back */
	int error;

	*spt = (struct spt){.caps = *caps};
	if (hpa + pages * EPT_PAGE_SIZE > LIMIT_32)
		return EPT_EINVAL;
	error = ept_pool_init(&spt->pool, hpa, pages);
	if (error)
		return error;
	if (spt->pool.free < SPT_MIN_PAGES - 1)
		return EPT_EINVAL;
	spt->root = ept_pool_alloc(&spt->pool, &root);
	return 0;
}

/* Levels of the shadow tables; a PDPTE of PAE paging is an entry at level 3. */
static unsigned levels(const struct spt *spt)
{
	return spt->regs.mode == SPT_LONG ? 4 : 3;
}

static void clear_root(struct spt *spt)
{
	if (spt->marks > SPT_ROOT_MARKS)
		__builtin_memset(ept_ptr(spt->root), 0, EPT_PAGE_SIZE);
	else
		for (unsigned i = 0; i < spt->marks; i++)
			ept_store(ept_ptr(spt->root + spt->mark[i] * sizeof(uint64_t)), 0);
	spt->marks = 0;
}

static void empty(struct spt *spt)
{
	clear_root(spt);
	ept_pool_free_all(&spt->pool, &spt->pages);
	spt->flush = true;
}

void spt_drop(struct spt *spt)
{
	if (!spt->pages.count)
		return;
	empty(spt);
	spt->stats.dropped++;
}

static bool same_pdptes(const struct spt_registers *a, const struct spt_registers *b)
{
	return a->pdpte[0] == b->pdpte[0] && a->pdpte[1] == b->pdpte[1] &&
	       a->pdpte[2] == b->pdpte[2] && a->pdpte[3] == b->pdpte[3];
}

static bool same(const struct spt_registers *a, const struct spt_registers *b)
{
	return a->cr3 == b->cr3 && a->mode == b->mode && a->wp == b->wp && a->pse == b->pse &&
	       a->smep == b->smep && a->smap == b->smap && a->nxe == b->nxe &&
	       (a->mode != SPT_PAE || same_pdptes(a, b));
}

void spt_load(struct spt *spt, const struct spt_registers *regs)
{
	if (same(&spt->regs, regs))
		return;
	spt_drop(spt);
	spt->regs = *regs;
}

/* A supervisor's write that only CR0.WP allows; see spt_fill(). */
static bool by_privilege(const struct spt_walk *walk, const struct spt_access *access)
{
	return (access->error & SPT_ERROR_W) && !(walk->rights & SPT_PTE_W);
}

static uint64_t leaf_rights(const struct spt *spt, const struct spt_walk *walk,
			    const struct spt_access *access, unsigned rights01)
{
	uint64_t rights = walk->rights;

	if (by_privilege(walk, access)) {
		rights = (rights & SPT_PTE_NX) | SPT_PTE_W;
		if (spt->regs.smep && walk->user_page)
			rights |= SPT_PTE_NX;
	}
	/* The first write must come back, so that D can be set for the guest. */
	if (!walk->dirty || !(rights01 & EPT_W))
		rights &= ~SPT_PTE_W;
	if (!(rights01 & EPT_X))
		rights |= SPT_PTE_NX;
	return rights;
}

static unsigned level_of(unsigned shift)
{
	return shift >= EPT_SHIFT_1G ? 3 : shift >= EPT_SHIFT_2M ? 2 : 1;
}

/* The smaller of the two pages, of a size that these tables know. */
static unsigned leaf_level(const struct spt *spt, const struct spt_walk *walk,
			   const struct ept_walk *w01)
{
	unsigned level = level_of(walk->shift < w01->shift ? walk->shift : w01->shift);
	bool page_1g = spt->caps.page_1g && spt->regs.mode == SPT_LONG;

	return level == 3 && !page_1g ? 2 : level;
}

static struct leaf make_leaf(const struct spt *spt, const struct spt_walk *walk,
			     const struct ept_walk *w01, const struct spt_access *access)
{
	struct leaf leaf = {.level = leaf_level(spt, walk, w01)};
	uint64_t offset = (UINT64_C(1) << ept_shift(leaf.level)) - 1;

	leaf.guest_level = level_of(walk->shift);
	leaf.entry = (w01->addr & ~offset) | leaf_rights(spt, walk, access, w01->rights);
	/* Nobody reads these flags: set, they spare the processor from setting them. */
	leaf.entry |=
		SPT_PTE_P | SPT_PTE_A | SPT_PTE_D | (walk->cache & (SPT_PTE_PWT | SPT_PTE_PCD));
	if (leaf.level > 1)
		leaf.entry |= SPT_PTE_LARGE | (walk->cache & SPT_PTE_PAT ? SPT_PTE_PAT_LARGE : 0);
	else
		leaf.entry |= walk->cache & SPT_PTE_PAT;
	return leaf;
}

/* Remembers which root entry must be cleared when all is dropped. */
static void mark_root(struct spt *spt, uint64_t linear)
{
	if (spt->marks < SPT_ROOT_MARKS)
		spt->mark[spt->marks] = (uint16_t)ept_index(linear, levels(spt));
	if (spt->marks <= SPT_ROOT_MARKS)
		spt->marks++;
}

/* The table below this entry; a leaf in its place makes way for an empty one. 0: no page. */
static uint64_t table_below(struct spt *spt, uint64_t *entry, uint64_t linear, unsigned level)
{
	bool root = level == levels(spt);
	uint64_t old = *entry, table;

	if ((old & SPT_PTE_P) && !ept_is_leaf(old, level))
		return old & SPT_PTE_ADDR_MASK;
	table = ept_pool_alloc(&spt->pool, &spt->pages);
	if (!table)
		return 0;
	if (old & SPT_PTE_P)
		spt->flush = true;
	else if (root)
		mark_root(spt, linear);
	/* A PDPTE of PAE paging has no rights and no accessed flag. */
	ept_store(entry, table | (root && level == 3 ? SPT_PTE_P : TABLE_BITS));
	return table;
}

static void set_leaf(struct spt *spt, uint64_t *entry, const struct leaf *leaf)
{
	uint64_t old = *entry;

	if (old == leaf->entry) {
		spt->stats.unchanged++;
		return;
	}
	ept_store(entry, leaf->entry);
	if (!(old & SPT_PTE_P)) {
		spt->stats.filled++;
		return;
	}
	spt->stats.replaced++;
	spt->flush = true;
	ept_free_below(&spt->pool, &spt->pages, old, leaf->level);
}

/* False if a table could not be made; what was made so far is empty and hooked in. */
static bool install(struct spt *spt, uint64_t linear, const struct leaf *leaf)
{
	uint64_t table = spt->root, *entry;

	for (unsigned level = levels(spt); level > leaf->level; level--) {
		entry = ept_entry(table, linear, level);
		table = table_below(spt, entry, linear, level);
		if (!table)
			return false;
		if (level <= leaf->guest_level && level < levels(spt))
			*entry |= PART_OF_LARGE;
	}
	set_leaf(spt, ept_entry(table, linear, leaf->level), leaf);
	return true;
}

/*
 * The entry was as it had to be, yet the processor faulted: it saw an implicit supervisor access,
 * which SMAP forbids whatever EFLAGS.AC says, and which the caller could not tell.
 */
static bool smap_after_all(const struct spt *spt, const struct spt_walk *walk,
			   const struct spt_access *access, uint64_t unchanged_before)
{
	return spt->stats.unchanged != unchanged_before && spt->regs.smap && walk->user_page &&
	       !(access->error & (SPT_ERROR_U | SPT_ERROR_ID));
}

enum spt_verdict spt_fill(struct spt *spt, const struct ept01 *ept01,
			  const struct spt_access *access, struct spt_fault *out)
{
	uint64_t unchanged = spt->stats.unchanged;
	struct spt_walk walk;
	struct ept_walk w01;
	struct leaf leaf;
	bool writes = access->error & SPT_ERROR_W;

	spt_walk(ept01, &spt->caps, &spt->regs, access, &walk);
	*out = (struct spt_fault){.error = walk.error, .gpa = walk.gpa};
	if (walk.status == SPT_WALK_FAULT)
		return SPT_FAULT;
	if (walk.status == SPT_WALK_RACED) {
		spt->stats.raced++;
		return SPT_FILLED;
	}
	ept01_walk(ept01, walk.gpa, &w01);
	if (w01.status != EPT_WALK_OK || !(w01.rights & EPT_R) ||
	    (writes && !(w01.rights & EPT_W)) ||
	    ((access->error & SPT_ERROR_ID) && !(w01.rights & EPT_X)))
		return SPT_OWN;
	leaf = make_leaf(spt, &walk, &w01, access);
	if (!install(spt, access->linear, &leaf)) {
		spt->stats.evicted++;
		empty(spt);
		install(spt, access->linear, &leaf);
	}
	if (!smap_after_all(spt, &walk, access, unchanged))
		return SPT_FILLED;
	out->error |= SPT_ERROR_P;
	return SPT_FAULT;
}

/*
 * Takes out what translates this address: a leaf, or all of a table of which a part comes from one
 * large page of the guest. @only_large: nothing smaller.
 */
static void take_out(struct spt *spt, uint64_t linear, bool only_large)
{
	uint64_t table = spt->root;

	for (unsigned level = levels(spt);; level--) {
		uint64_t *entry = ept_entry(table, linear, level), old = *entry;

		if (!(old & SPT_PTE_P) || (only_large && level == 1))
			return;
		if (level == levels(spt) || !(ept_is_leaf(old, level) || (old & PART_OF_LARGE))) {
			table = old & SPT_PTE_ADDR_MASK;
			continue;
		}
		ept_store(entry, 0);
		ept_free_below(&spt->pool, &spt->pages, old, level);
		spt->flush = true;
		return;
	}
}

void spt_invalidate(struct spt *spt, uint64_t linear)
{
	take_out(spt, linear, false);
	/* A 4 MiB page of 32-bit paging lies in two entries here. */
	if (spt->regs.mode == SPT_32)
		take_out(spt, linear ^ (UINT64_C(1) << EPT_SHIFT_2M), true);
}
