// SPDX-License-Identifier: Apache-2.0
#include "ept_pool.h"
#include "ept_format.h"
#include "ept_mem.h"

static struct ept_link *link_of(const struct ept_pool *pool, uint32_t page)
{
	return ept_ptr(pool->base + page * sizeof(struct ept_link));
}

static uint64_t hpa_of(const struct ept_pool *pool, uint32_t page)
{
	return pool->base + page * EPT_PAGE_SIZE;
}

int ept_pool_init(struct ept_pool *pool, uint64_t hpa, uint32_t pages)
{
	uint64_t links = (pages * sizeof(struct ept_link) + EPT_PAGE_SIZE - 1) / EPT_PAGE_SIZE;

	if (!hpa || hpa % EPT_PAGE_SIZE || pages <= links)
		return EPT_EINVAL;
	*pool = (struct ept_pool){
		.base = hpa,
		.pages = pages,
		.first = (uint32_t)links,
		.head = (uint32_t)links,
		.total = pages - (uint32_t)links,
	};
	pool->free = pool->low = pool->total;
	for (uint32_t page = pool->first; page < pages; page++)
		*link_of(pool, page) = (struct ept_link){.next = (page + 1) % pages};
	return 0;
}

static void list_add(const struct ept_pool *pool, struct ept_pages *list, uint32_t page)
{
	*link_of(pool, page) = (struct ept_link){.next = list->head};
	if (list->head)
		link_of(pool, list->head)->prev = page;
	else
		list->tail = page;
	list->head = page;
	list->count++;
}

static void list_remove(const struct ept_pool *pool, struct ept_pages *list, uint32_t page)
{
	struct ept_link link = *link_of(pool, page);

	if (link.prev)
		link_of(pool, link.prev)->next = link.next;
	else
		list->head = link.next;
	if (link.next)
		link_of(pool, link.next)->prev = link.prev;
	else
		list->tail = link.prev;
	list->count--;
}

uint64_t ept_pool_alloc(struct ept_pool *pool, struct ept_pages *list)
{
	uint32_t page = pool->head;

	if (!page)
		return 0;
	pool->head = link_of(pool, page)->next;
	pool->free--;
	if (pool->free < pool->low)
		pool->low = pool->free;
	list_add(pool, list, page);
	/* Pages are cleared here, not when they come back: most of them come back many at a time.
	 */
	__builtin_memset(ept_ptr(hpa_of(pool, page)), 0, EPT_PAGE_SIZE);
	return hpa_of(pool, page);
}

void ept_pool_free(struct ept_pool *pool, struct ept_pages *list, uint64_t hpa)
{
	uint32_t page = (uint32_t)((hpa - pool->base) / EPT_PAGE_SIZE);

	list_remove(pool, list, page);
	link_of(pool, page)->next = pool->head;
	pool->head = page;
	pool->free++;
}

void ept_pool_free_all(struct ept_pool *pool, struct ept_pages *list)
{
	if (!list->count)
		return;
	link_of(pool, list->tail)->next = pool->head;
	pool->head = list->head;
	pool->free += list->count;
	*list = (struct ept_pages){0};
}
