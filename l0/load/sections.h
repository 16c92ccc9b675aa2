/* SPDX-License-Identifier: Apache-2.0 */
/* The section headers of an ELF kernel, which multiboot hands on so that it finds its symbols. */
#ifndef LOAD_SECTIONS_H
#define LOAD_SECTIONS_H

#include "load/elf.h"
#include "load/tables.h"

/* Of what no segment loaded, all sections lie one after the other from @gpa on. */
struct sections {
	const struct elf *elf; /* NULL: none are handed on */
	uint64_t gpa;
	uint32_t count, names; /* headers; which of them has the sections' names */
	uint32_t header_size;
};

/* Copies what no segment loads behind the kernel; without headers or room there are none. */
void sections_place(struct sections *s, const struct elf *elf, struct layout *l);

/* Appends all headers, each with the address where its section is now; returns the first's. */
uint64_t sections_put(const struct sections *s, struct tables *t);

#endif
