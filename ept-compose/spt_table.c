// SPDX-License-Identifier: Apache-2.0
#include "spt_table.h"
#include <stddef.h>
#include "ept_table.h"
#include "ept_walk.h"

#define ROLE_LEVEL      7u
#define ROLE_MODE_SHIFT 3

uint64_t spt_tables_size(uint32_t pages)
{
	return (pages * sizeof(struct spt_table) + EPT_PAGE_SIZE - 1) & ~(EPT_PAGE_SIZE - 1);
}

/* The descriptor of the table at @hpa, a page of the pool. */
static struct spt_table *at(const struct spt *spt, uint64_t hpa)
{
	return spt->tables + (hpa - spt->pool.base) / EPT_PAGE_SIZE;
}

static unsigned level_of(const struct spt_table *table)
{
	return table->key.role & ROLE_LEVEL;
}

static enum spt_mode mode_of(const struct spt_table *table)
{
	return (enum spt_mode)(table->key.role >> ROLE_MODE_SHIFT & 3);
}

static uint32_t flag(bool set, unsigned bit)
{
	return set ? 1u << bit : 0;
}

/* SMAP is not in it: it decides about faults, and leaves no trace in an entry. */
uint32_t spt_role(const struct spt_registers *regs, unsigned level, uint64_t rights)
{
	return level | (uint32_t)regs->mode << ROLE_MODE_SHIFT | flag(regs->wp, 5) |
	       flag(regs->pse, 6) | flag(regs->smep, 7) | flag(regs->nxe, 8) |
	       flag(rights & SPT_PTE_W, 9) | flag(rights & SPT_PTE_U, 10) |
	       flag(rights & SPT_PTE_NX, 11);
}

static uint32_t *bucket_of(struct spt *spt, const struct spt_key *key)
{
	uint64_t hash = key->table >> 12 ^ key->linear >> 21 ^ key->role;

	return &spt->bucket[(hash ^ hash >> 9) % SPT_BUCKETS];
}

static bool same_key(const struct spt_key *a, const struct spt_key *b)
{
	return a->table == b->table && a->linear == b->linear && a->role == b->role;
}

static uint64_t hpa_of(const struct spt *spt, uint32_t page)
{
	return spt->pool.base + page * EPT_PAGE_SIZE;
}

static uint32_t page_of(const struct spt *spt, uint64_t hpa)
{
	return (uint32_t)((hpa - spt->pool.base) / EPT_PAGE_SIZE);
}

bool spt_table_is(const struct spt *spt, uint64_t hpa, const struct spt_key *key)
{
	return same_key(&at(spt, hpa)->key, key);
}

unsigned spt_table_level(const struct spt *spt, uint64_t hpa)
{
	return level_of(at(spt, hpa));
}

bool spt_table_is_part(const struct spt *spt, uint64_t hpa)
{
	return at(spt, hpa)->key.table == SPT_NO_TABLE;
}

static uint64_t find(struct spt *spt, const struct spt_key *key)
{
	uint32_t page = *bucket_of(spt, key);

	while (page && !same_key(&spt->tables[page].key, key))
		page = spt->tables[page].next;
	return page ? hpa_of(spt, page) : 0;
}

static void add_to_bucket(struct spt *spt, uint32_t page)
{
	uint32_t *bucket = bucket_of(spt, &spt->tables[page].key);

	spt->tables[page].next = *bucket;
	*bucket = page;
}

static void remove_from_bucket(struct spt *spt, uint32_t page)
{
	uint32_t *link = bucket_of(spt, &spt->tables[page].key);

	while (*link != page)
		link = &spt->tables[*link].next;
	*link = spt->tables[page].next;
}

/* The guest's table, NULL where nothing is. */
static const void *guest_table(const struct ept01 *ept01, uint64_t gpa)
{
	struct ept_walk walk;

	ept01_walk(ept01, gpa, &walk);
	return walk.status == EPT_WALK_OK && (walk.rights & EPT_R) ? ept_ptr(walk.addr) : NULL;
}

uint64_t spt_table_make(struct spt *spt, const struct ept01 *ept01, const struct spt_key *key)
{
	bool shared = key->table != SPT_NO_TABLE;
	uint64_t hpa, seen = 0;

	if (spt->pool.free < (shared ? 2 : 1))
		return 0;
	hpa = ept_pool_alloc(&spt->pool, &spt->pages);
	if (shared)
		seen = ept_pool_alloc(&spt->pool, &spt->pages);
	*at(spt, hpa) = (struct spt_table){.key = *key, .seen = seen};
	if (shared) {
		at(spt, hpa)->guest = guest_table(ept01, key->table);
		add_to_bucket(spt, page_of(spt, hpa));
	}
	return hpa;
}

uint64_t spt_table_get(struct spt *spt, const struct ept01 *ept01, const struct spt_key *key)
{
	uint64_t hpa = key->table == SPT_NO_TABLE ? 0 : find(spt, key);

	if (!hpa)
		return spt_table_make(spt, ept01, key);
	/* No load of CR3 may have looked at it since the guest last flushed. */
	spt_table_sync(spt, hpa);
	return hpa;
}

bool spt_table_seen_is(const struct spt *spt, uint64_t hpa, unsigned index, uint64_t seen)
{
	const struct spt_table *table = at(spt, hpa);

	return !table->seen || ((const uint64_t *)ept_ptr(table->seen))[index] == seen;
}

/* The table that an entry points to is needed no longer for its sake. */
static void let_go(struct spt *spt, uint64_t hpa)
{
	if (!--at(spt, hpa)->refs)
		spt_table_free(spt, hpa);
}

void spt_table_clear(struct spt *spt, uint64_t hpa, unsigned index)
{
	struct spt_table *table = at(spt, hpa);
	uint64_t *entry = (uint64_t *)ept_ptr(hpa) + index, old = *entry;

	if (!(old & SPT_PTE_P))
		return;
	ept_store(entry, 0);
	table->used[index / 64] &= ~(UINT64_C(1) << index % 64);
	spt->flush = true;
	if (!ept_is_leaf(old, level_of(table)))
		let_go(spt, old & SPT_PTE_ADDR_MASK);
}

void spt_table_set(struct spt *spt, uint64_t hpa, unsigned index, uint64_t entry, uint64_t seen)
{
	struct spt_table *table = at(spt, hpa);
	uint64_t *where = (uint64_t *)ept_ptr(hpa) + index;

	if (table->seen)
		((uint64_t *)ept_ptr(table->seen))[index] = seen;
	if (*where == entry)
		return;
	if (!ept_is_leaf(entry, level_of(table)))
		at(spt, entry & SPT_PTE_ADDR_MASK)->refs++;
	spt_table_clear(spt, hpa, index);
	table->used[index / 64] |= UINT64_C(1) << index % 64;
	ept_store(where, entry);
}

/* Calls for each present entry; the loop's own copy of a word may be behind. */
#define FOR_USED(index, table)                                                                     \
	for (unsigned word_ = 0; word_ < SPT_WORDS; word_++)                                       \
		for (uint64_t bits_ = (table)->used[word_], index;                                 \
		     bits_ && (index = word_ * 64 + (unsigned)__builtin_ctzll(bits_), true);       \
		     bits_ &= bits_ - 1)

void spt_table_empty(struct spt *spt, uint64_t hpa)
{
	FOR_USED (index, at(spt, hpa))
		spt_table_clear(spt, hpa, (unsigned)index);
}

void spt_table_free(struct spt *spt, uint64_t hpa)
{
	struct spt_table *table = at(spt, hpa);

	spt_table_empty(spt, hpa);
	if (table->seen) {
		remove_from_bucket(spt, page_of(spt, hpa));
		ept_pool_free(&spt->pool, &spt->pages, table->seen);
	}
	ept_pool_free(&spt->pool, &spt->pages, hpa);
}

/*
 * The used entries, of 64, that are not as they were seen. A flush spends its time here, so entries
 * side by side, as a guest's pages mostly are, are compared without a question for each.
 */
static uint64_t changed_of(uint64_t used, const uint64_t *guest, const uint64_t *seen)
{
	uint64_t changed = 0, all = 0;

	if (used == UINT64_MAX) {
#pragma GCC unroll 16
		for (unsigned i = 0; i < 64; i++)
			all |= guest[i] ^ seen[i];
		if (!all)
			return 0;
	}
	for (; used; used &= used - 1) {
		unsigned i = (unsigned)__builtin_ctzll(used);

		if (guest[i] != seen[i])
			changed |= UINT64_C(1) << i;
	}
	return changed;
}

/* The same in a table of 4-byte entries, of which each may stand for two of ours. */
static uint64_t changed_of_32(const struct spt_table *table, unsigned word, const void *guest,
			      const uint64_t *seen)
{
	unsigned level = level_of(table), index;
	uint64_t changed = 0, linear;

	for (uint64_t used = table->used[word]; used; used &= used - 1) {
		index = word * 64 + (unsigned)__builtin_ctzll(used);
		linear = table->key.linear + ((uint64_t)index << ept_shift(level));
		if (seen[index] != spt_guest_entry(SPT_32, guest, linear, level))
			changed |= UINT64_C(1) << index % 64;
	}
	return changed;
}

/* Takes out the entries of a table that are out of line with the guest's. */
static void sync_entries(struct spt *spt, uint64_t hpa)
{
	const struct spt_table *table = at(spt, hpa);
	const uint64_t *guest = table->guest, *seen = ept_ptr(table->seen);
	uint64_t changed;

	for (unsigned word = 0; word < SPT_WORDS; word++) {
		if (!table->used[word])
			continue;
		if (mode_of(table) == SPT_32)
			changed = changed_of_32(table, word, guest, seen);
		else
			changed =
				changed_of(table->used[word], guest + word * 64, seen + word * 64);
		for (; changed; changed &= changed - 1) {
			spt_table_clear(spt, hpa, word * 64 + (unsigned)__builtin_ctzll(changed));
			spt->stats.stale++;
		}
	}
}

void spt_table_sync(struct spt *spt, uint64_t hpa)
{
	const struct spt_table *table = at(spt, hpa);
	const uint64_t *entries = ept_ptr(hpa);

	if (table->seen)
		sync_entries(spt, hpa);
	if (level_of(table) == 1)
		return;
	FOR_USED (index, table)
		if (!(entries[index] & SPT_PTE_LARGE))
			spt_table_sync(spt, entries[index] & SPT_PTE_ADDR_MASK);
}

uint32_t spt_tables_count(const struct spt *spt, uint64_t hpa, uint32_t count)
{
	struct spt_table *table = at(spt, hpa);
	const uint64_t *entries = ept_ptr(hpa);
	uint32_t pages = table->seen ? 2 : 1;

	if (table->counted == count)
		return 0;
	table->counted = count;
	FOR_USED (index, table)
		if (!ept_is_leaf(entries[index], level_of(table)))
			pages += spt_tables_count(spt, entries[index] & SPT_PTE_ADDR_MASK, count);
	return pages;
}
