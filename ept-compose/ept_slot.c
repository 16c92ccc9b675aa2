// SPDX-License-Identifier: Apache-2.0
/* The slots of a cache: finding, recycling, invalidating, evicting. Nothing here looks at EPT12. */
#include <stddef.h>
#include "ept_slot.h"
#include "ept_table.h"

/* The parts of an EPTP12 that change what it means; its memory type does not, for us. */
#define EPTP12_KEY (EPTP_ADDR_MASK | EPTP_WALK_MASK | EPTP_AD)

/* EPT02 leaves take rights, sizes and A/D from EPT12: the processor must know all that L1 may use.
 */
static bool offers_at_most(const struct ept_caps *caps12, const struct ept_caps *caps02)
{
	return caps12->maxphyaddr <= caps02->maxphyaddr && caps12->exec_only <= caps02->exec_only &&
	       caps12->page_1g <= caps02->page_1g && caps12->ad <= caps02->ad;
}

int ept02_init(struct ept02_cache *cache, uint64_t hpa, uint32_t pages,
	       const struct ept_caps *caps12, const struct ept_caps *caps02)
{
	struct ept_pages roots = {0}; /* they never go back */
	int error;

	if (!offers_at_most(caps12, caps02))
		return EPT_EINVAL;
	*cache = (struct ept02_cache){.caps12 = *caps12};
	error = ept_pool_init(&cache->pool, hpa, pages);
	if (error)
		return error;
	if (cache->pool.free < EPT02_SLOTS + EPT02_FILL_PAGES)
		return EPT_EINVAL;
	for (unsigned i = 0; i < EPT02_SLOTS; i++) {
		cache->slot[i].root = ept_pool_alloc(&cache->pool, &roots);
		cache->slot[i].l1_low = UINT64_MAX;
	}
	return 0;
}

/*
 * Empties a slot's tree. The root page stays where it is, so that hardware which still holds
 * EPTP02 walks a valid, empty table; the tables below must not be used before the flush. Cost: the
 * root entries in use, not the size of the tree.
 */
static void drop_tree(struct ept02_cache *cache, struct ept02_slot *slot)
{
	for (uint32_t i = 0; i < slot->root_end; i++)
		ept_store(ept_ptr(slot->root + i * sizeof(uint64_t)), 0);
	ept_pool_free_all(&cache->pool, &slot->pages);
	slot->root_end = 0;
	slot->l1_low = UINT64_MAX;
	slot->l1_high = 0;
	ept02_need_flush(cache, slot);
}

/* A tree that was never begun was never cached either. */
static bool has_tree(const struct ept02_slot *slot)
{
	return slot->pages.count;
}

/* The slot of this key, else the one used longest ago, where a free one has never been used. */
static struct ept02_slot *find(struct ept02_cache *cache, uint64_t key)
{
	struct ept02_slot *oldest = cache->slot;

	for (unsigned i = 0; i < EPT02_SLOTS; i++) {
		if (cache->slot[i].eptp12 == key)
			return &cache->slot[i];
		if (cache->slot[i].used < oldest->used)
			oldest = &cache->slot[i];
	}
	return oldest;
}

struct ept02_slot *ept02_get(struct ept02_cache *cache, uint64_t eptp12)
{
	uint64_t key = eptp12 & EPTP12_KEY;
	struct ept02_slot *slot = find(cache, key);

	slot->used = ++cache->clock;
	if (slot->eptp12 == key)
		return slot;
	if (slot->eptp12)
		cache->stats.recycled++;
	if (has_tree(slot))
		drop_tree(cache, slot);
	slot->eptp12 = key;
	slot->eptp02 = slot->root | EPT_WB | EPTP_WALK_4 | (key & EPTP_AD);
	return slot;
}

void ept02_slot_grow(struct ept02_slot *slot, uint64_t l2_gpa, uint64_t l1_gpa, unsigned level)
{
	uint64_t l1_end = l1_gpa + (UINT64_C(1) << ept_shift(level));
	uint32_t root_end = ept_index(l2_gpa, EPT_LEVELS) + 1;

	if (l1_gpa < slot->l1_low)
		slot->l1_low = l1_gpa;
	if (l1_end > slot->l1_high)
		slot->l1_high = l1_end;
	if (root_end > slot->root_end)
		slot->root_end = root_end;
}

static struct ept02_slot *oldest_tree(struct ept02_cache *cache, const struct ept02_slot *keep)
{
	struct ept02_slot *oldest = NULL;

	for (unsigned i = 0; i < EPT02_SLOTS; i++) {
		struct ept02_slot *slot = &cache->slot[i];

		if (slot != keep && has_tree(slot) && (!oldest || slot->used < oldest->used))
			oldest = slot;
	}
	return oldest;
}

void ept02_make_room(struct ept02_cache *cache, struct ept02_slot *keep)
{
	while (cache->pool.free < EPT02_FILL_PAGES) {
		struct ept02_slot *victim = oldest_tree(cache, keep);

		cache->stats.evicted++;
		drop_tree(cache, victim ? victim : keep);
	}
}

/* Drops the trees of the slots that a caller's reason applies to. */
static void invalidate_slot(struct ept02_cache *cache, struct ept02_slot *slot)
{
	if (!has_tree(slot))
		return;
	cache->stats.invalidated++;
	drop_tree(cache, slot);
}

void ept02_invalidate(struct ept02_cache *cache, uint64_t eptp12)
{
	for (unsigned i = 0; i < EPT02_SLOTS; i++) {
		/* INVEPT goes by bits 51:12 of EPTP alone (SDM vol. 3, "INVEPT"). */
		if (!((cache->slot[i].eptp12 ^ eptp12) & EPTP_ADDR_MASK))
			invalidate_slot(cache, &cache->slot[i]);
	}
}

void ept02_invalidate_all(struct ept02_cache *cache)
{
	for (unsigned i = 0; i < EPT02_SLOTS; i++)
		invalidate_slot(cache, &cache->slot[i]);
}

void ept02_invalidate_l1_range(struct ept02_cache *cache, uint64_t l1_gpa, uint64_t size)
{
	for (unsigned i = 0; i < EPT02_SLOTS; i++) {
		struct ept02_slot *slot = &cache->slot[i];

		if (l1_gpa < slot->l1_high && size && l1_gpa + size > slot->l1_low)
			invalidate_slot(cache, slot);
	}
}
