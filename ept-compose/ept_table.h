/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the library: access to the entries of tables in host memory.
 *
 * ept_mem.h comes from whoever links the library: static inline void *ept_ptr(uint64_t hpa), a
 * pointer to host-physical memory, good for at least the rest of that 4 KiB page.
 */
#ifndef EPT_TABLE_H
#define EPT_TABLE_H

#include <stdint.h>
#include "ept_format.h"
#include "ept_mem.h"
#include "ept_pool.h"

/* The entry for @gpa in the table of this level at @table. */
static inline uint64_t *ept_entry(uint64_t table, uint64_t gpa, unsigned level)
{
	return ept_ptr(table + ept_index(gpa, level) * sizeof(uint64_t));
}

/* One load, never repeated by the compiler: others (L1, the processor) may write at any time. */
static inline uint64_t ept_load(const uint64_t *entry)
{
	return __atomic_load_n(entry, __ATOMIC_ACQUIRE);
}

/* One store, after all that the entry points to. */
static inline void ept_store(uint64_t *entry, uint64_t value)
{
	__atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

/* An entry that points to a table; rights are limited by leaves alone. */
static inline uint64_t ept_table_entry(uint64_t table)
{
	return table | EPT_RWX | EPT_A;
}

/* Gives back all tables below an entry that was just unhooked. A leaf or empty entry has none. */
void ept_free_below(struct ept_pool *pool, struct ept_pages *list, uint64_t entry, unsigned level);

#endif
