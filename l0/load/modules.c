// SPDX-License-Identifier: Apache-2.0
#include "load/modules.h"

#include "lib/print.h"
#include "lib/string.h"

static uint64_t align_up(uint64_t at, uint64_t align)
{
	return (at + align - 1) & ~(align - 1);
}

uint64_t modules_bytes(const struct modules *m, uint64_t align)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < m->count; i++)
		end = align_up(end, align) + m->module[i].size;
	return end;
}

void modules_copy(const struct modules *m, uint64_t align, uint8_t *to)
{
	uint64_t at = 0;

	for (unsigned i = 0; i < m->count; i++) {
		uint64_t start = align_up(at, align);

		memset(to + at, 0, start - at);
		memcpy(to + start, (const void *)(uintptr_t)m->module[i].hpa, m->module[i].size);
		at = start + m->module[i].size;
	}
}

uint64_t modules_next(const struct boot_module *module, uint64_t gpa)
{
	return align_up(gpa + module->size, LAYOUT_PAGE);
}

bool modules_place(const struct modules *m, struct layout *l, uint64_t *gpa)
{
	uint64_t size = modules_bytes(m, LAYOUT_PAGE);
	uint8_t *to = m->count ? layout_place_behind(l, size, gpa) : NULL;

	if (to)
		modules_copy(m, LAYOUT_PAGE, to);
	else if (m->count)
		say("L1's %u modules of %lu bytes have no room in its memory (knob memory)",
		    m->count, size);
	return to || !m->count;
}
