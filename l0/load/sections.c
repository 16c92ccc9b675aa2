// SPDX-License-Identifier: Apache-2.0
#include "load/sections.h"

#include "lib/string.h"

#define ALIGN 16ull

/* Not in a segment, and in the file: GRUB 2 loads the same, whatever its kind. */
static bool is_left_over(const struct elf *elf, const Elf64_Shdr *s)
{
	return !s->sh_addr && s->sh_type != SHT_NULL && s->sh_type != SHT_NOBITS && s->sh_size &&
	       s->sh_offset <= elf->size && s->sh_size <= elf->size - s->sh_offset;
}

static uint64_t room_of(const Elf64_Shdr *s)
{
	return (s->sh_size + ALIGN - 1) & ~(ALIGN - 1);
}

/* Bytes of all that is left over; @to: where to copy it, or NULL. */
static uint64_t copy(const struct elf *elf, uint8_t *to)
{
	Elf64_Shdr s;
	uint64_t used = 0;

	for (unsigned i = 0; i < elf->header.e_shnum && elf_section(elf, i, &s); i++) {
		if (!is_left_over(elf, &s))
			continue;
		if (to)
			memcpy(to + used, elf->image + s.sh_offset, s.sh_size);
		used += room_of(&s);
	}
	return used;
}

/* All headers are in the file, and of the class's size. */
static bool are_whole(const struct sections *s, const struct elf *elf)
{
	Elf64_Shdr last;

	return elf->header.e_shnum && elf->header.e_shentsize == s->header_size &&
	       elf->header.e_shoff <= elf->size && elf_section(elf, s->count - 1, &last);
}

void sections_place(struct sections *s, const struct elf *elf, struct layout *l)
{
	bool wide = elf->image[EI_CLASS] == ELFCLASS64;
	uint8_t *to;

	*s = (struct sections){
		.count = elf->header.e_shnum,
		.names = elf->header.e_shstrndx,
		.header_size = wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr),
	};
	if (!are_whole(s, elf))
		return;
	to = layout_place_behind(l, copy(elf, NULL), &s->gpa);
	if (!to)
		return;
	copy(elf, to);
	s->elf = elf;
}

static Elf64_Shdr moved(const struct sections *s, unsigned i, uint64_t *next)
{
	Elf64_Shdr h = {0};

	if (elf_section(s->elf, i, &h) && is_left_over(s->elf, &h)) {
		h.sh_addr = *next;
		*next += room_of(&h);
	}
	return h;
}

/* Of the class that the file has. */
static void put_header(const struct sections *s, struct tables *t, const Elf64_Shdr *h)
{
	const Elf32_Shdr narrow = {
		.sh_name = h->sh_name,
		.sh_type = h->sh_type,
		.sh_flags = (uint32_t)h->sh_flags,
		.sh_addr = (uint32_t)h->sh_addr,
		.sh_offset = (uint32_t)h->sh_offset,
		.sh_size = (uint32_t)h->sh_size,
		.sh_link = h->sh_link,
		.sh_info = h->sh_info,
		.sh_addralign = (uint32_t)h->sh_addralign,
		.sh_entsize = (uint32_t)h->sh_entsize,
	};
	bool wide = s->header_size == sizeof(*h);

	tables_put(t, wide ? (const void *)h : &narrow, s->header_size, 4);
}

uint64_t sections_put(const struct sections *s, struct tables *t)
{
	uint64_t next = s->gpa, first = tables_here(t, 4);

	for (unsigned i = 0; i < s->count; i++) {
		const Elf64_Shdr h = moved(s, i, &next);

		put_header(s, t, &h);
	}
	return first;
}
