/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a walk, so that the next one need not find it again. A guest changes its tables
 * without a word to L0, so nothing here is believed: each use loads the entries anew, each once,
 * and compares. What holds is what guest_translate_at_once() would say now.
 */
#ifndef MEMORY_GUEST_PATH_H
#define MEMORY_GUEST_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "memory/ram.h"
#include "vmcs12.h"
#include "vmcs_access.h"

#define GUEST_PATH_LEVELS 4
#define GUEST_PATH_TABLE  0x000ffffffffff000ull /* CR3 without PCID and cache attributes */

/* The first table is CR3's, found at each use: those of all processes share what lies below. */
struct guest_path {
	uint64_t efer;
	uint64_t first; /* offset in that table */
	/* Of a page of 2 MiB the last one stands twice. */
	const volatile uint64_t *entry[GUEST_PATH_LEVELS];
	uint64_t value[GUEST_PATH_LEVELS];
};

/* Does the linear address still lie where it did, for a fetch by a supervisor? */
static inline bool guest_path_holds(const struct guest_path *p, const struct ram *ram)
{
	uint64_t at = (vmcs_read(VMCS_GUEST_CR3) & GUEST_PATH_TABLE) + p->first;

	return at < ram->below &&
	       *(const volatile uint64_t *)(uintptr_t)(ram->hpa_below + at) == p->value[0] &&
	       *p->entry[1] == p->value[1] && *p->entry[2] == p->value[2] &&
	       *p->entry[3] == p->value[3] && vmcs_read(VMCS_GUEST_EFER) == p->efer;
}

#endif
