/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded pool of 4 KiB pages cut from one region of host-physical memory. The links between
 * pages stand at the front of the region, apart from the pages, so that a whole list of pages goes
 * back in a constant number of steps. A pool belongs to one CPU: there is no lock.
 */
#ifndef EPT_POOL_H
#define EPT_POOL_H

#include <stdint.h>

/* Page number within a pool; 0 is none (the region's front is never handed out). */
struct ept_link {
	uint32_t prev, next;
};

struct ept_pool {
	uint64_t base;  /* hpa of the region */
	uint32_t pages; /* region size, links included */
	uint32_t first; /* first page that can be handed out */
	uint32_t head;  /* free list */
	uint32_t total; /* pages that can be handed out */
	uint32_t free;
	uint32_t low; /* least that was ever free */
};

/* The pages of one owner. An all-zero list is an empty one. */
struct ept_pages {
	uint32_t head, tail;
	uint32_t count;
};

/*
 * Takes over @pages pages from @hpa (page-aligned, never 0, reachable through ept_ptr()); the pool
 * owns them for good. EPT_EINVAL if they are too few to hold the links and one page.
 */
int ept_pool_init(struct ept_pool *pool, uint64_t hpa, uint32_t pages);

/* A zeroed page that now stands in @list: its hpa, or 0 if there is none. */
uint64_t ept_pool_alloc(struct ept_pool *pool, struct ept_pages *list);

/* Gives back a page of @list. Precondition: it came from ept_pool_alloc() with this list. */
void ept_pool_free(struct ept_pool *pool, struct ept_pages *list, uint64_t hpa);

/* Gives back every page of @list, in constant time. */
void ept_pool_free_all(struct ept_pool *pool, struct ept_pages *list);

#endif
