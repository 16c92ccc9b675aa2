// SPDX-License-Identifier: Apache-2.0
#include "load/tables.h"

#include "lib/print.h"
#include "lib/string.h"

uint64_t tables_here(struct tables *t, uint64_t align)
{
	t->used = (t->used + align - 1) & ~(align - 1);
	return t->gpa + t->used;
}

uint64_t tables_put(struct tables *t, const void *data, uint64_t size, uint64_t align)
{
	uint64_t at = tables_here(t, align);

	if (t->memory)
		memcpy(t->memory + t->used, data, size);
	t->used += size;
	return at;
}

uint64_t tables_put_string(struct tables *t, const char *text)
{
	return tables_put(t, text, strlen(text) + 1, 1);
}

bool tables_write(struct layout *l, tables_writer *write, const void *what, uint64_t *gpa)
{
	struct tables t = {0};

	write(&t, what);
	t.size = t.used;
	t.used = 0;
	t.memory = layout_place_table(l, t.size, &t.gpa);
	if (!t.memory) {
		say("L1's boot information of %lu bytes has no room in its memory (knob memory)",
		    t.size);
		return false;
	}
	memset(t.memory, 0, t.size);
	*gpa = write(&t, what);
	return true;
}
