/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the library: what a fill needs of the slots of a cache. */
#ifndef EPT_SLOT_H
#define EPT_SLOT_H

#include "ept_compose.h"

/* Something that the processor may have cached for this slot is gone. */
static inline void ept02_need_flush(struct ept02_cache *cache, const struct ept02_slot *slot)
{
	cache->flush |= UINT32_C(1) << ept02_slot_number(cache, slot);
}

/* A leaf of this level is about to be mapped: widens the hull of L1 addresses and of root entries.
 */
void ept02_slot_grow(struct ept02_slot *slot, uint64_t l2_gpa, uint64_t l1_gpa, unsigned level);

/* Makes EPT02_FILL_PAGES pages free: other slots' trees go first, oldest first, then @keep's. */
void ept02_make_room(struct ept02_cache *cache, struct ept02_slot *keep);

#endif
