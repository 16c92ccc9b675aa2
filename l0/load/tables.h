/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A block of tables that L1 finds by its address. It is written twice by the same code: first to
 * nowhere, which gives its size, then to the place that was found for so much.
 */
#ifndef LOAD_TABLES_H
#define LOAD_TABLES_H

#include <stdint.h>

#include "load/layout.h"

struct tables {
	uint8_t *memory; /* NULL while the size is being learnt */
	uint64_t gpa, used;
	uint64_t size; /* what the first time has learnt; 0 while it learns */
};

/* The address of what is put next with that alignment. */
uint64_t tables_here(struct tables *t, uint64_t align);

/* Appends @size bytes at the next multiple of @align; returns their guest-physical address. */
uint64_t tables_put(struct tables *t, const void *data, uint64_t size, uint64_t align);

/* The same for a string with its final 0. */
uint64_t tables_put_string(struct tables *t, const char *text);

/* Writes to @t and returns the address of what L1 is told of. */
typedef uint64_t tables_writer(struct tables *t, const void *what);

/* Writes both times; *@gpa is what @write returned. False after a line if there is no room. */
bool tables_write(struct layout *l, tables_writer *write, const void *what, uint64_t *gpa);

#endif
