// SPDX-License-Identifier: Apache-2.0
#include "memory.h"

#include <stddef.h>

#define PAGE   4096ull
#define LARGE  (2ull << 20)
#define MIB    (1ull << 20)
#define MAPPED (3ull << 30) // boot.S maps the GiB above uncached, for devices

extern const char image_end[];

static uint64_t next, end;

// Behind the program and whatever the loader has put there, at a large page's start, so that no
// fresh page shares a large page with one that has been used.
static uint64_t first_free(const struct multiboot_info *info)
{
	uint64_t free = (uint64_t)image_end;

	if (info->flags & MULTIBOOT_HAS_MODULES) {
		const struct multiboot_module *module = (const void *)(uint64_t)info->mods_addr;

		for (uint32_t i = 0; i < info->mods_count; i++)
			if (module[i].end > free)
				free = module[i].end;
	}
	return (free + LARGE - 1) & ~(LARGE - 1);
}

static void consider(uint64_t from, uint64_t to, uint64_t first)
{
	if (from < first)
		from = first;
	if (to > MAPPED)
		to = MAPPED;
	from = (from + PAGE - 1) & ~(PAGE - 1);
	to &= ~(PAGE - 1);
	if (to > from && to - from > end - next) {
		next = from;
		end = to;
	}
}

void memory_init(const struct multiboot_info *info)
{
	uint64_t first = first_free(info), at = info->mmap_addr, stop = at + info->mmap_length;

	if (!(info->flags & MULTIBOOT_HAS_MAP)) {
		if (info->flags & MULTIBOOT_HAS_MEMORY)
			consider(MIB, MIB + info->mem_upper * 1024ull, first);
		return;
	}
	while (at + sizeof(struct multiboot_region) <= stop) {
		const struct multiboot_region *region = (const void *)at;

		if (region->type == MULTIBOOT_RAM)
			consider(region->base, region->base + region->length, first);
		at += region->size + sizeof(region->size);
	}
}

void *memory_fresh(void)
{
	uint64_t page = __atomic_fetch_add(&next, PAGE, __ATOMIC_RELAXED);

	return page < end ? (void *)page : NULL;
}

uint64_t memory_fresh_left(void)
{
	return next < end ? (end - next) / PAGE : 0;
}

void *memory_large(void)
{
	uint64_t at = (next + LARGE - 1) & ~(LARGE - 1);

	if (at + LARGE > end)
		return NULL;
	next = at + LARGE;
	return (void *)at;
}
