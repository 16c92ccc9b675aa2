// SPDX-License-Identifier: Apache-2.0
#include <stdbool.h>

#include "boot/paging.h"
#include "lib/asm.h"
#include "lib/sealed.h"
#include "measure/panic.h"

#define PTE_PRESENT  0x1ull
#define PTE_WRITABLE 0x2ull
#define PTE_LARGE    0x80ull
#define PTE_NX       (1ull << 63)
#define PTE_ADDRESS  0x000ffffffffff000ull
#define DATA         (PTE_PRESENT | PTE_WRITABLE | PTE_NX)

#define CR0_WP (1ull << 16)

#define PAGE    4096ull
#define LARGE   (2ull << 20)
#define GIB     (1ull << 30)
#define ENTRIES 512

/* As much as there is on every processor; more by pages of 1 GiB. */
#define LOW    (4 * GIB)
#define LARGES (LOW / LARGE)

/* Tables for the large pages of which a part has rights of its own: image, CPUs, vCPUs. */
#define SMALL_TABLES 48

extern const char l0_text_start[], l0_text_end[], l0_const_end[], l0_start_end[];

/* The entry code has tables of its own: these are complete before they are used. */
SEALED uint64_t paging_root[ENTRIES] __attribute__((aligned(4096)));
SEALED static uint64_t pdpt[ENTRIES] __attribute__((aligned(4096)));
SEALED static uint64_t larges[LARGES] __attribute__((aligned(4096)));
SEALED static uint64_t small[SMALL_TABLES][ENTRIES] __attribute__((aligned(4096)));
SEALED static unsigned smalls;

static const uint64_t rights_bits[] = {
	[PAGING_NONE] = 0,
	[PAGING_CODE] = PTE_PRESENT,
	[PAGING_CONST] = PTE_PRESENT | PTE_NX,
};

/* The table of 4 KiB pages that stands for the large page of @address. */
static uint64_t *split(uint64_t address)
{
	uint64_t *large = &larges[address / LARGE], *table;

	if (!(*large & PTE_LARGE))
		return (uint64_t *)(*large & PTE_ADDRESS);
	if (smalls == SMALL_TABLES)
		panic("no page table left for the rights of %lx", address);
	table = small[smalls++];
	for (unsigned i = 0; i < ENTRIES; i++)
		table[i] = (address & ~(LARGE - 1)) + i * PAGE + DATA;
	*large = (uintptr_t)table | PTE_PRESENT | PTE_WRITABLE;
	return table;
}

void paging_protect(const void *start, uint64_t bytes, enum paging_rights rights)
{
	uint64_t at = (uintptr_t)start & ~(PAGE - 1), end = (uintptr_t)start + bytes;

	if (end > LOW)
		panic("rights for %lx, above 4 GiB", end);
	for (; at < end; at += PAGE) {
		split(at)[at / PAGE % ENTRIES] = at | rights_bits[rights];
		__asm__ volatile("invlpg %0" : : "m"(*(const char *)at) : "memory");
	}
}

bool paging_is_guard(uint64_t address)
{
	const uint64_t *large = &larges[address % LOW / LARGE];

	if (address >= LOW || (*large & PTE_LARGE))
		return false;
	return !(((const uint64_t *)(*large & PTE_ADDRESS))[address / PAGE % ENTRIES] &
		 PTE_PRESENT);
}

void paging_init(uint64_t top)
{
	const uint64_t table = PTE_PRESENT | PTE_WRITABLE;
	bool gib_pages = cpuid(0x80000001, 0).edx & (1u << 26);

	for (uint64_t i = 0; i < LARGES; i++)
		larges[i] = i * LARGE + (DATA | PTE_LARGE);
	for (uint64_t i = 0; i < LOW / GIB; i++)
		pdpt[i] = (uintptr_t)&larges[i * ENTRIES] + table;
	/* Without 1 GiB pages memory above 4 GiB is simply not used (main.c asks below top). */
	for (uint64_t at = LOW; gib_pages && at < top && at < ENTRIES * GIB; at += GIB)
		pdpt[at / GIB] = at + (DATA | PTE_LARGE);
	paging_root[0] = (uintptr_t)pdpt + table;
	paging_protect(l0_text_start, (uint64_t)(l0_text_end - l0_text_start), PAGING_CODE);
	paging_protect(l0_text_end, (uint64_t)(l0_const_end - l0_text_end), PAGING_CONST);
	write_cr3((uintptr_t)paging_root);
}

void paging_seal(void)
{
	uint64_t cr0 = read_cr0();

	/* The page tables are among them, and are still written while they are sealed. */
	write_cr0(cr0 & ~CR0_WP);
	paging_protect(l0_const_end, (uint64_t)(l0_start_end - l0_const_end), PAGING_CONST);
	write_cr0(cr0);
}
