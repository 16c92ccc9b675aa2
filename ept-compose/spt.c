// SPDX-License-Identifier: Apache-2.0
#include "spt.h"
#include <stddef.h>
#include "ept_table.h"
#include "ept_walk.h"
#include "spt_table.h"

/* An entry that points to a table limits nothing: rights are in the leaves. */
#define TABLE_BITS (SPT_PTE_P | SPT_PTE_W | SPT_PTE_U | SPT_PTE_A)
#define LIMIT_32   (UINT64_C(1) << 32)
#define FILL_PAGES 6u /* the most that a fill needs: three tables */

/* One leaf to be put into the tables. */
struct leaf {
	uint64_t entry;
	unsigned level;
	unsigned guest_level; /* of the guest's page, as these tables count */
	bool reached;         /* the processor came to its place: all tables were hooked in */
	bool unchanged;       /* ... and found there what had to be there */
};

int spt_init(struct spt *spt, uint64_t hpa, uint32_t pages, const struct spt_caps *caps)
{
	uint64_t front = spt_tables_size(pages);

	*spt = (struct spt){.caps = *caps};
	if (!hpa || hpa % EPT_PAGE_SIZE || pages < SPT_MIN_PAGES ||
	    hpa + pages * EPT_PAGE_SIZE > LIMIT_32)
		return EPT_EINVAL;
	spt->tables = ept_ptr(hpa);
	return ept_pool_init(&spt->pool, hpa + front, pages - (uint32_t)(front / EPT_PAGE_SIZE));
}

/* Levels of the shadow tables; a PDPTE of PAE paging is an entry at level 3. */
static unsigned levels(const struct spt *spt)
{
	return spt->regs.mode == SPT_LONG ? 4 : 3;
}

static void drop_root(struct spt *spt, struct spt_root *root)
{
	spt_table_free(spt, root->hpa);
	root->hpa = 0;
	spt->flush = true;
}

void spt_drop(struct spt *spt)
{
	for (unsigned i = 0; i < SPT_ROOTS; i++)
		if (spt->roots[i].hpa)
			drop_root(spt, &spt->roots[i]);
	spt->now = NULL;
	spt->root = 0;
}

/* The root used longest ago, but for @keep; NULL: there is none. */
static struct spt_root *oldest(struct spt *spt, const struct spt_root *keep)
{
	struct spt_root *oldest = NULL;

	for (struct spt_root *root = spt->roots; root < spt->roots + SPT_ROOTS; root++)
		if (root->hpa && root != keep && (!oldest || root->used < oldest->used))
			oldest = root;
	return oldest;
}

static bool evict(struct spt *spt, const struct spt_root *keep)
{
	struct spt_root *root = oldest(spt, keep);

	if (!root)
		return false;
	drop_root(spt, root);
	spt->stats.evicted++;
	return true;
}

/* Pages for a fill: of other address spaces, and where those are not enough, of this one. */
static void make_room(struct spt *spt)
{
	while (spt->pool.free < FILL_PAGES && evict(spt, spt->now))
		;
	if (spt->pool.free >= FILL_PAGES)
		return;
	spt_table_empty(spt, spt->root);
	spt->stats.evicted++;
}

static struct spt_root *find_root(struct spt *spt, const struct spt_registers *regs)
{
	for (struct spt_root *root = spt->roots; root < spt->roots + SPT_ROOTS; root++)
		if (root->hpa && spt_same(&root->regs, regs))
			return root;
	return NULL;
}

static struct spt_root *free_place(struct spt *spt)
{
	for (;;) {
		for (struct spt_root *root = spt->roots; root < spt->roots + SPT_ROOTS; root++)
			if (!root->hpa)
				return root;
		evict(spt, NULL);
	}
}

/*
 * Only a PML4 is a table of the guest's: what a page-directory-pointer table here stands for are
 * registers, or nothing.
 */
static struct spt_root *make_root(struct spt *spt, const struct ept01 *ept01,
				  const struct spt_registers *regs)
{
	bool four = regs->mode == SPT_LONG;
	const struct spt_key key = {
		.table = four ? regs->cr3 & SPT_PTE_ADDR_MASK : SPT_NO_TABLE,
		.role = spt_role(regs, four ? 4 : 3, 0),
	};
	struct spt_root *root = free_place(spt);

	do
		root->hpa = spt_table_make(spt, ept01, &key);
	while (!root->hpa && evict(spt, NULL));
	root->regs = *regs;
	spt->stats.made++;
	return root;
}

void spt_reload(struct spt *spt, const struct ept01 *ept01, const struct spt_registers *regs)
{
	struct spt_root *root = find_root(spt, regs);

	if (root) {
		spt_table_sync(spt, root->hpa);
		spt->stats.reused++;
	} else {
		root = make_root(spt, ept01, regs);
	}
	root->used = ++spt->loads;
	spt->now = root;
	spt->root = root->hpa;
	spt->regs = *regs;
	spt->stale = false;
	spt->flush = true; /* the tag may still have translations of another root */
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
	struct leaf leaf = {.level = leaf_level(spt, walk, w01), .reached = true};
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

/*
 * Of the table at @level on the way to this leaf. What lies below a larger page of the guest's
 * belongs to the entry that points to it, and to no other.
 */
static struct spt_key key_of(const struct spt *spt, const struct spt_walk *walk,
			     const struct leaf *leaf, uint64_t linear, unsigned level)
{
	bool part = level < leaf->guest_level;
	const struct spt_step *step = &walk->step[level];
	uint64_t covered = (UINT64_C(1) << ept_shift(level + 1)) - 1;

	return (struct spt_key){
		.table = part ? SPT_NO_TABLE : step->table,
		.linear = linear & ~covered,
		.role = spt_role(&spt->regs, level, part ? 0 : step->rights),
	};
}

/*
 * Hooks the table of this key in; 0: no page. The one that is there stays if the guest's entry
 * changed in bits that do not matter, such as A; but parts of a larger page only belong to what
 * that entry was.
 */
static uint64_t link_table(struct spt *spt, const struct ept01 *ept01, uint64_t table,
			   const struct spt_key *key, struct leaf *leaf, uint64_t seen)
{
	unsigned level = spt_table_level(spt, table), index = ept_index(key->linear, level);
	uint64_t entry = ((const uint64_t *)ept_ptr(table))[index];
	uint64_t below = entry & SPT_PTE_ADDR_MASK;

	if (!(entry & SPT_PTE_P) || ept_is_leaf(entry, level) || key->table == SPT_NO_TABLE ||
	    !spt_table_is(spt, below, key)) {
		below = spt_table_get(spt, ept01, key);
		if (!below)
			return 0;
		leaf->reached = false;
	}
	/* A PDPTE of PAE paging has no rights and no accessed flag. */
	spt_table_set(spt, table, index,
		      below | (level == 3 && levels(spt) == 3 ? SPT_PTE_P : TABLE_BITS), seen);
	return below;
}

/* The table below the entry for @linear of the one at @table; 0: no page. */
static uint64_t table_below(struct spt *spt, const struct ept01 *ept01, uint64_t table,
			    unsigned level, const struct spt_walk *walk, struct leaf *leaf,
			    uint64_t linear)
{
	unsigned index = ept_index(linear, level);
	uint64_t entry = ((const uint64_t *)ept_ptr(table))[index];
	uint64_t seen = walk->step[level].entry;
	struct spt_key key;

	/* Made from the same entry of the guest's, it is the table for the same key. */
	if ((entry & SPT_PTE_P) && !ept_is_leaf(entry, level) &&
	    spt_table_seen_is(spt, table, index, seen))
		return entry & SPT_PTE_ADDR_MASK;
	key = key_of(spt, walk, leaf, linear, level - 1);
	return link_table(spt, ept01, table, &key, leaf, seen);
}

static void set_leaf(struct spt *spt, uint64_t table, unsigned index, struct leaf *leaf,
		     uint64_t seen)
{
	uint64_t old = ((const uint64_t *)ept_ptr(table))[index];

	leaf->unchanged = leaf->reached && old == leaf->entry;
	if (old == leaf->entry)
		spt->stats.unchanged++;
	else if (old & SPT_PTE_P)
		spt->stats.replaced++;
	else
		spt->stats.filled++;
	spt_table_set(spt, table, index, leaf->entry, seen);
}

/* False if a table could not be made; what was made so far is empty and hooked in. */
static bool install(struct spt *spt, const struct ept01 *ept01, const struct spt_walk *walk,
		    struct leaf *leaf, uint64_t linear)
{
	uint64_t table = spt->root;

	for (unsigned level = levels(spt); level > leaf->level; level--) {
		table = table_below(spt, ept01, table, level, walk, leaf, linear);
		if (!table)
			return false;
	}
	set_leaf(spt, table, ept_index(linear, leaf->level), leaf, walk->step[leaf->level].entry);
	return true;
}

/*
 * The entry was as it had to be, yet the processor faulted: it saw an implicit supervisor access,
 * which SMAP forbids whatever EFLAGS.AC says, and which the caller could not tell.
 */
static bool smap_after_all(const struct spt *spt, const struct spt_walk *walk,
			   const struct spt_access *access, const struct leaf *leaf)
{
	return leaf->unchanged && spt->regs.smap && walk->user_page &&
	       !(access->error & (SPT_ERROR_U | SPT_ERROR_ID));
}

enum spt_verdict spt_fill(struct spt *spt, const struct ept01 *ept01,
			  const struct spt_access *access, struct spt_fault *out)
{
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
	if (!install(spt, ept01, &walk, &leaf, access->linear)) {
		make_room(spt);
		install(spt, ept01, &walk, &leaf, access->linear);
	}
	if (!smap_after_all(spt, &walk, access, &leaf))
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
		unsigned index = (unsigned)ept_index(linear, level);
		uint64_t entry = ((const uint64_t *)ept_ptr(table))[index];

		if (!(entry & SPT_PTE_P) || (only_large && level == 1))
			return;
		if (ept_is_leaf(entry, level) ||
		    spt_table_is_part(spt, entry & SPT_PTE_ADDR_MASK)) {
			spt_table_clear(spt, table, index);
			return;
		}
		table = entry & SPT_PTE_ADDR_MASK;
	}
}

void spt_invalidate(struct spt *spt, uint64_t linear)
{
	if (!spt->now)
		return;
	take_out(spt, linear, false);
	/* A 4 MiB page of 32-bit paging lies in two entries here. */
	if (spt->regs.mode == SPT_32)
		take_out(spt, linear ^ (UINT64_C(1) << EPT_SHIFT_2M), true);
}

uint32_t spt_pages_used(struct spt *spt)
{
	uint32_t pages = 0;

	spt->counts++;
	for (unsigned i = 0; i < SPT_ROOTS; i++)
		if (spt->roots[i].hpa)
			pages += spt_tables_count(spt, spt->roots[i].hpa, spt->counts);
	return pages;
}
