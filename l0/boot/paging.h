/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L0's own page tables, one for all CPUs: all of host-physical memory one to one, written before
 * the other CPUs start and never after. Nothing can be both written and executed (SDM vol. 3, 4.6).
 */
#ifndef BOOT_PAGING_H
#define BOOT_PAGING_H

#include <stdbool.h>
#include <stdint.h>

enum paging_rights {
	PAGING_NONE,  /* a guard */
	PAGING_CODE,  /* read, execute */
	PAGING_CONST, /* read */
};

/* The root, for the CR3 of every CPU. */
extern uint64_t paging_root[512];

/* Maps up to @top, L0's image with the rights of its sections and all else as data. */
void paging_init(uint64_t top);

/*
 * Whole pages below 4 GiB get other rights. Panics when the tables for 4 KiB pages run out: their
 * number is L0's own affair.
 */
void paging_protect(const void *start, uint64_t bytes, enum paging_rights rights);

/* What is SEALED can be written no more, these tables too: after the last paging_protect(). */
void paging_seal(void);

/* Is it in a page that paging_protect() took out of the map? */
bool paging_is_guard(uint64_t address);

#endif
