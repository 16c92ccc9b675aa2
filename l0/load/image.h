/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of a file to L1's memory. */
#ifndef LOAD_IMAGE_H
#define LOAD_IMAGE_H

#include "load/layout.h"

struct image_file {
	const uint8_t *bytes;
	uint64_t size;
};

/* @file_size bytes from @offset of the file go to @to, zeros behind them up to @memory_size. */
struct image_piece {
	uint64_t offset, to, file_size, memory_size;
};

/* Takes the memory and fills it; false, after a line, if file or memory has no such bytes. */
bool image_load(struct layout *l, const struct image_file *file, const struct image_piece *piece);

/* Does L1 begin in something that was loaded, where 32-bit code reaches? False after a line. */
bool image_entry_ok(const struct layout *l, uint64_t entry);

#endif
