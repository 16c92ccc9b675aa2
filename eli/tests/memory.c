// SPDX-License-Identifier: Apache-2.0
#include "memory.h"
#include <stddef.h>
#include <string.h>
#include "eli_host.h"
#include "suites.h"

void shadow_init(struct shadow *s, struct memory *memory)
{
	uint8_t *const room[ELI_PAGES] = {s->room[0], s->room[1]};

	s->memory = memory;
	eli_idt_init(&s->idt, room);
}

int memory_frame(const struct memory *m, uint64_t linear)
{
	uint64_t page = (linear - MEMORY_LINEAR) / ELI_PAGE_SIZE;

	if (m->wraps)
		return (int)(linear / ELI_PAGE_SIZE % MEMORY_FRAMES);
	return page < MEMORY_PAGES && m->map[page] != MEMORY_NONE ? m->map[page] : -1;
}

uint8_t *memory_byte(struct memory *m, uint64_t linear)
{
	return &m->frame[memory_frame(m, linear)][linear % ELI_PAGE_SIZE];
}

const uint8_t *eli_host_page(const struct eli_idt *idt, uint64_t linear, uint64_t *gpa)
{
	const struct shadow *s =
		(const struct shadow *)((const char *)idt - offsetof(struct shadow, idt));
	int frame = memory_frame(s->memory, linear);

	if (frame < 0)
		return NULL;
	*gpa = MEMORY_GPA + (uint64_t)frame * ELI_PAGE_SIZE;
	return s->memory->frame[frame];
}

uint8_t memory_expect(const struct shadow *s, unsigned frame, unsigned at)
{
	uint8_t byte = s->memory->frame[frame][at];

	for (unsigned v = 32; v < 256 && v * 16 + 15 <= s->idt.limit; v++) {
		uint64_t flags = s->idt.base + v * 16 + 5;

		if (flags % 4096 == at && memory_frame(s->memory, flags) == (int)frame &&
		    !(s->idt.open.word[v / 32] >> v % 32 & 1))
			byte &= 0x7f;
	}
	return byte;
}

void shadow_check(const struct shadow *s)
{
	for (unsigned i = 0; i < s->idt.pages; i++) {
		const struct eli_idt_page *page = &s->idt.page[i];
		unsigned frame = (unsigned)((page->gpa - MEMORY_GPA) / ELI_PAGE_SIZE);
		uint8_t expect[ELI_PAGE_SIZE];

		memcpy(expect, s->memory->frame[frame], sizeof(expect));
		/* Only where flags may lie does anything differ. */
		for (unsigned at = (unsigned)(s->idt.base + 5) % 16; at < ELI_PAGE_SIZE; at += 16)
			expect[at] = memory_expect(s, frame, at);
		EXPECT(!memcmp(page->shadow, expect, sizeof(expect)));
	}
}
