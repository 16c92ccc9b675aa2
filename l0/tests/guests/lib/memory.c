// SPDX-License-Identifier: Apache-2.0
// Pages for tests, and mappings beyond the identity map of the first 4 GiB.
#include "guest.h"
#include "processor.h"

#define POOL_START 0x1000000ULL
#define POOL_END   0x4000000ULL
#define TABLE      0x27ULL /* present, writable, user, accessed */
#define LEAF       0xe3ULL /* present, writable, accessed, dirty, 2 MiB */
#define USER       BIT(2)

/* The window lies at 512 GiB (top-level entry 1), the user alias at 1 TiB (entry 2). */
#define WINDOW BIT(39)
#define ALIAS  BIT(40)

static uint64_t next = POOL_START;
static uint64_t window_pdpt[512] __attribute__((aligned(4096)));
static uint64_t window_pd[512] __attribute__((aligned(4096)));
static uint64_t alias_pdpt[512] __attribute__((aligned(4096)));
static uint64_t alias_pd[512] __attribute__((aligned(4096)));

void page_reset(void)
{
	next = POOL_START;
}

void *pages_alloc(unsigned int count)
{
	uint64_t at = next;
	uint64_t *word = (uint64_t *)(uintptr_t)at;

	if (at + count * PAGE_SIZE > POOL_END) {
		print("FAIL out of pages\n");
		finish(1);
	}
	for (uint64_t i = 0; i < count * PAGE_SIZE / 8; i++)
		word[i] = 0;
	next += count * PAGE_SIZE;
	return word;
}

void *page_alloc(void)
{
	return pages_alloc(1);
}

volatile void *map_physical(uint64_t pa)
{
	pml4[1] = address_of(window_pdpt) | TABLE;
	window_pdpt[0] = address_of(window_pd) | TABLE;
	/* Write-back would be wrong for devices: cache disabled (bit 4). */
	window_pd[0] = (pa & ~(BIT(21) - 1)) | LEAF | BIT(4);
	invlpg(WINDOW);
	return (volatile void *)(uintptr_t)(WINDOW + (pa & (BIT(21) - 1)));
}

uint64_t map_user(uint64_t address)
{
	uint64_t index = (address >> 21) & 511;

	pml4[2] = address_of(alias_pdpt) | TABLE;
	alias_pdpt[(address >> 30) & 511] = address_of(alias_pd) | TABLE;
	alias_pd[index] = (address & ~(BIT(21) - 1)) | LEAF | USER;
	invlpg(ALIAS + address);
	return ALIAS + address;
}
