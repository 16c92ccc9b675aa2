// SPDX-License-Identifier: Apache-2.0
#include "boot/boot.h"
#include "lib/asm.h"

#define PAGE_PRESENT_WRITE 0x3ull
#define PAGE_LARGE         0x80ull
#define GIB                (1ull << 30)
#define ENTRIES            512

extern uint64_t boot_pml4[ENTRIES];

/* The entry code mapped this much already. */
#define BOOT_MAPPED (4 * GIB)

void boot_map_memory(uint64_t top)
{
	uint64_t *pdpt = (uint64_t *)(uintptr_t)(boot_pml4[0] & ~0xfffull);
	bool gib_pages = cpuid(0x80000001, 0).edx & (1u << 26);

	/* Without 1 GiB pages memory above 4 GiB is simply not used (main.c asks below top).
	 */
	for (uint64_t at = BOOT_MAPPED; gib_pages && at < top && at < ENTRIES * GIB; at += GIB)
		pdpt[at / GIB] = at | PAGE_PRESENT_WRITE | PAGE_LARGE;
	write_cr3((uintptr_t)boot_pml4);
}
