/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EPT02 = EPT01 after EPT12: a cache of composed tables, filled one leaf at a time on violations.
 *
 * A cache belongs to one virtual CPU and so to the one processor that it runs on. What the caller
 * owes:
 *  - Before an entry to L2 with slot i: if bit i of cache->flush is set, INVEPT (single-context)
 *    of that slot's eptp02, or INVEPT (all-context), then clear the bit(s). Until then the
 *    processor may still use cached translations from entries and tables that are gone. Running L0
 * or L1 in between is harmless, cached translations are tagged with the EPT pointer.
 *  - A slot's root page stays the same for the life of the cache; all below may change whenever a
 *    function of this header is called. L2 does not run on this CPU during such a call.
 *  - A slot pointer is good until the next ept02_get(): take it at each VM entry.
 * Bits of flush are set only when an entry that was present is removed, points elsewhere, changes
 * memory type or size, or loses a right. Filling an empty entry and adding rights need none: the
 * processor does not cache absent entries, and the violation itself drops what it had for
 * that address (SDM vol. 3, "Operations that Invalidate Cached Mappings").
 */
#ifndef EPT_COMPOSE_H
#define EPT_COMPOSE_H

#include <stdbool.h>
#include <stdint.h>
#include "ept_build.h"
#include "ept_format.h"
#include "ept_pool.h"

#define EPT02_SLOTS 8u
/* A fill allocates at most the three tables below a root. */
#define EPT02_FILL_PAGES 3u
/* The smallest region that ept02_init() takes; a useful one has a page for each 2 MiB of L2. */
#define EPT02_MIN_PAGES (1u + EPT02_SLOTS + EPT02_FILL_PAGES)

struct ept02_slot {
	uint64_t eptp12;          /* whose composition this is; 0: free */
	uint64_t eptp02;          /* for VMCS02 */
	uint64_t root;            /* hpa */
	uint64_t used;            /* time of last use, in calls of ept02_get() */
	uint64_t l1_low, l1_high; /* hull of the L1 addresses that are mapped: [low, high) */
	uint32_t root_end;        /* root entries from here on are zero */
	struct ept_pages pages;   /* all tables but the root */
};

/* Since ept02_init(). */
struct ept02_stats {
	uint64_t filled_4k, filled_2m, filled_1g; /* entries that were absent */
	uint64_t upgraded;                        /* gained rights in place */
	uint64_t replaced;                        /* changed otherwise */
	uint64_t unchanged;                       /* the entry already allowed the access */
	uint64_t raced;                           /* L1 changed EPT12 under the walk */
	uint64_t recycled;                        /* a slot was taken from another EPTP12 */
	uint64_t evicted;                         /* trees dropped for want of pages */
	uint64_t invalidated;                     /* trees dropped because a caller asked */
};

struct ept02_cache {
	struct ept_pool pool;
	struct ept_caps caps12; /* what L1 was offered */
	uint32_t flush;         /* bit i: INVEPT before slot i is used, see above */
	uint64_t clock;
	struct ept02_slot slot[EPT02_SLOTS];
	struct ept02_stats stats;
};

enum ept_verdict {
	/* Resume L2, which tries the access again. (If L1 raced with the walk, nothing was filled.)
	 */
	EPT_FILLED,
	/* L1 gets exit reason 48 with ept_fault.qualification; the guest-physical address is L2's.
	 */
	EPT_REFLECT_VIOLATION,
	/* L1 gets exit reason 49, qualification 0. */
	EPT_REFLECT_MISCONFIG,
	/* EPT12 allows it, EPT01 does not: L0 emulates an access of L2 to ept_fault.l1_gpa. */
	EPT_L0_OWN,
};

struct ept_fault {
	uint64_t qualification; /* for EPT_REFLECT_VIOLATION, complete */
	uint64_t l1_gpa;        /* for EPT_L0_OWN; with table_gone, of the EPT12 table */
	uint8_t rights12;       /* AND of EPT_RWX along EPT12 */
	uint8_t rights01;       /* the same along EPT01, for EPT_L0_OWN */
	bool table_gone; /* EPT_REFLECT_MISCONFIG because EPT12 has a table in a hole of EPT01 */
};

/*
 * Takes over a region for all tables (never shared: eviction must be able to win every page back).
 * @caps12 is what L1 was offered; EPT_EINVAL if that is more than @caps02, what the processor has,
 * or if the region is under EPT02_MIN_PAGES.
 */
int ept02_init(struct ept02_cache *cache, uint64_t hpa, uint32_t pages,
	       const struct ept_caps *caps12, const struct ept_caps *caps02);

/*
 * The slot for an EPTP12 that passed ept_eptp_valid(): the one it had, else a free one, else the
 * one used longest ago, emptied. EPTP02 has A/D exactly when EPTP12 has, because they turn L2's
 * page walks into writes, which the qualification shows.
 */
struct ept02_slot *ept02_get(struct ept02_cache *cache, uint64_t eptp12);

/*
 * Answers a violation that L2 met in this slot's EPT02 at @l2_gpa with the hardware's
 * exit qualification @qual. Fills one leaf or says whose the violation is (then *out holds the
 * details). Qualification for L1: bits 2:0, 7, 8, 12 are the hardware's, 5:3 those of EPT12, all
 * else 0. When the pool is empty, other slots' trees are dropped, oldest first, then this slot's
 * own.
 */
enum ept_verdict ept02_fill(struct ept02_cache *cache, struct ept02_slot *slot,
			    const struct ept01 *ept01, uint64_t l2_gpa, uint64_t qual,
			    struct ept_fault *out);

/* INVEPT single-context by L1: every slot with this EPTP12's root address, whatever its A/D. */
void ept02_invalidate(struct ept02_cache *cache, uint64_t eptp12);

/* INVEPT all-context by L1; VMXON, a new L1, and so on. */
void ept02_invalidate_all(struct ept02_cache *cache);

/* EPT01 changed for [l1_gpa, l1_gpa + size): call it before L2 runs again. */
void ept02_invalidate_l1_range(struct ept02_cache *cache, uint64_t l1_gpa, uint64_t size);

/* A slot's number: its bit in cache->flush. */
static inline unsigned ept02_slot_number(const struct ept02_cache *cache,
					 const struct ept02_slot *slot)
{
	return (unsigned)(slot - cache->slot);
}

#endif
