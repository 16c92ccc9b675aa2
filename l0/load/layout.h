/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has which part of L1's memory while L1 is being put there: first the firmware, then the
 * kernel where its file says, then everything that L0 adds, each where nothing is yet.
 */
#ifndef LOAD_LAYOUT_H
#define LOAD_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "memory/ram.h"

/* Where the firmware of this PC has its own, as on any PC. */
#define LOAD_BIOS_DATA_END 0x500ull   /* interrupt vectors and BIOS data area */
#define LOAD_EBDA          0x9fc00ull /* end of low RAM, as firmware reports it */
#define LOAD_ACPI          0xe0000ull
#define LOAD_HIGH          0x100000ull

#define LAYOUT_PAGE   4096ull
#define LAYOUT_PIECES 64u

/* [start, end) of guest-physical memory; @firmware names whose it is, NULL for L1's and L0's. */
struct layout_piece {
	uint64_t start, end;
	const char *firmware;
};

struct layout {
	const struct ram *ram;
	struct layout_piece piece[LAYOUT_PIECES];
	unsigned pieces;
};

/* Where a piece may go: inside [from, to), at a multiple of @align (a power of two). */
struct layout_wish {
	uint64_t from, to, align;
	bool high; /* as high as there is room instead of as low */
};

/* An empty memory: all but the firmware's is free. */
void layout_init(struct layout *l, const struct ram *ram);

/*
 * Takes [@at, @at + @size), where a file says that it goes; what is taken twice is the later's, as
 * with other loaders, but for the firmware's. NULL after a line on the console that names the
 * overlap or the missing memory.
 */
void *layout_take(struct layout *l, uint64_t at, uint64_t size);

/* The first place that is free and as wished, *at; false if there is none. Takes nothing. */
bool layout_find(const struct layout *l, const struct layout_wish *wish, uint64_t size,
		 uint64_t *at);

/* Finds by one of @wishes, in their order, and takes: NULL, without a line, if none has room. */
void *layout_place(struct layout *l, const struct layout_wish *wishes, unsigned count,
		   uint64_t size, uint64_t *at);

/* The same for L0's own tables: low memory from where GRUB 2 begins too, or after the kernel. */
void *layout_place_table(struct layout *l, uint64_t size, uint64_t *at);

/* The same behind the kernel, or, where it leaves no room there, anywhere from 1 MiB. */
void *layout_place_behind(struct layout *l, uint64_t size, uint64_t *at);

/* Does something of L1's lie at @at? */
bool layout_holds(const struct layout *l, uint64_t at);

/* The memory map that L1 is told: one row a range, the types those of E820. */
#define LOAD_MAP_ROWS 5
enum load_memory { LOAD_RAM = 1, LOAD_RESERVED = 2 };
struct load_map {
	uint64_t base, size;
	uint32_t type;
};

/* Fills @map; returns its rows. */
unsigned load_memory_map(const struct ram *ram, struct load_map map[LOAD_MAP_ROWS]);

#endif
