// SPDX-License-Identifier: Apache-2.0
#include "load/image.h"

#include "lib/print.h"
#include "lib/string.h"

bool image_load(struct layout *l, const struct image_file *file, const struct image_piece *piece)
{
	uint64_t copied = piece->file_size;
	uint64_t size = piece->memory_size > copied ? piece->memory_size : copied;
	uint8_t *memory;

	if (piece->offset > file->size || copied > file->size - piece->offset) {
		say("L1's kernel image is cut short: it has not the %lu bytes that go to %lx",
		    copied, piece->to);
		return false;
	}
	memory = layout_take(l, piece->to, size);
	if (!memory)
		return false;
	memcpy(memory, file->bytes + piece->offset, copied);
	memset(memory + copied, 0, size - copied);
	return true;
}

bool image_entry_ok(const struct layout *l, uint64_t entry)
{
	if (entry < RAM_HOLE_END && layout_holds(l, entry))
		return true;
	say("L1's entry point %lx lies in none of its segments", entry);
	return false;
}
