// SPDX-License-Identifier: Apache-2.0
#include "eli_idt.h"
#include <stddef.h>
#include "eli_host.h"

#define PAGE_MASK (~(ELI_PAGE_SIZE - 1))

/* Linear addresses of 48 bits: no guest is offered more. */
static bool canonical(uint64_t linear)
{
	return (uint64_t)((int64_t)(linear << 16) >> 16) == linear;
}

void eli_idt_init(struct eli_idt *idt, uint8_t *const room[ELI_PAGES])
{
	*idt = (struct eli_idt){.room = {room[0], room[1]}};
}

void eli_idt_drop(struct eli_idt *idt)
{
	idt->pages = 0;
}

/* ---- where it lies ---- */

static uint16_t gates_of(uint16_t limit)
{
	unsigned gates = (limit + 1u) / ELI_GATE_SIZE;

	return (uint16_t)(gates < 256 ? gates : 256);
}

/* The page of the IDT's byte @offset, as the guest's tables are now. */
static bool find_page(const struct eli_idt *idt, uint64_t offset, struct eli_idt_page *page)
{
	page->linear = (idt->base + offset) & PAGE_MASK;
	page->own = canonical(page->linear) ? eli_host_page(idt, page->linear, &page->gpa) : NULL;
	return page->own;
}

/* Both pages, or the one; how many. 0 if one of them is not there. */
static uint8_t find_pages(const struct eli_idt *idt, struct eli_idt_page page[ELI_PAGES])
{
	if (idt->gates == 0 || !find_page(idt, 0, &page[0]) ||
	    !find_page(idt, idt->gates * ELI_GATE_SIZE - 1, &page[1]))
		return 0;
	return page[0].linear == page[1].linear ? 1 : 2;
}

bool eli_idt_moved(const struct eli_idt *idt, uint64_t base, uint16_t limit)
{
	struct eli_idt_page page[ELI_PAGES];

	if (!idt->pages || base != idt->base || limit != idt->limit)
		return true;
	if (find_pages(idt, page) != idt->pages)
		return true;
	for (unsigned i = 0; i < idt->pages; i++) {
		if (page[i].gpa != idt->page[i].gpa || page[i].own != idt->page[i].own)
			return true;
	}
	return false;
}

/* ---- the copies ---- */

/* Is the byte at @linear the flags of a masked gate? */
static bool masked_flags(const struct eli_idt *idt, uint64_t linear)
{
	uint64_t offset = linear - idt->base;

	return offset < idt->gates * UINT64_C(16) && offset % ELI_GATE_SIZE == ELI_GATE_FLAGS &&
	       eli_idt_masks(idt, (uint8_t)(offset / ELI_GATE_SIZE));
}

/* The same for a byte of a frame, which may lie at two linear addresses. */
static bool masked_byte(const struct eli_idt *idt, uint64_t gpa, unsigned at)
{
	for (unsigned i = 0; i < idt->pages; i++) {
		if (idt->page[i].gpa == gpa && masked_flags(idt, idt->page[i].linear + at))
			return true;
	}
	return false;
}

/* Bytes @from up to @to of a page, all that is masked in them. */
static void copy(const struct eli_idt *idt, const struct eli_idt_page *page, unsigned from,
		 unsigned to)
{
	/* The first place for flags: pages are whole multiples of gates. */
	unsigned at = (unsigned)(idt->base + ELI_GATE_FLAGS - from) % ELI_GATE_SIZE + from;

	for (; at < to; at += ELI_GATE_SIZE) {
		if (!masked_byte(idt, page->gpa, at))
			continue;
		__builtin_memcpy(page->shadow + from, page->own + from, at - from);
		page->shadow[at] = page->own[at] & (uint8_t)~ELI_GATE_PRESENT;
		from = at + 1;
	}
	__builtin_memcpy(page->shadow + from, page->own + from, to - from);
}

static void mask(const struct eli_idt *idt, unsigned vector)
{
	uint64_t flags = idt->base + vector * ELI_GATE_SIZE + ELI_GATE_FLAGS;
	const struct eli_idt_page *page = &idt->page[(flags & PAGE_MASK) != idt->page[0].linear];

	page->shadow[flags & ~PAGE_MASK] &= (uint8_t)~ELI_GATE_PRESENT;
}

/* The same of all, in a third of the time: while it takes, L0 does nothing else. */
static void copy_all(struct eli_idt *idt)
{
	for (unsigned i = 0; i < idt->pages; i++)
		__builtin_memcpy(idt->page[i].shadow, idt->page[i].own, ELI_PAGE_SIZE);
	for (unsigned n = 1; n < ELI_VECTOR_WORDS && idt->pages; n++)
		for (unsigned v = n * 32; v < n * 32 + 32 && v < idt->gates; v++)
			if (!(idt->open.word[n] >> v % 32 & 1))
				mask(idt, v);
}

/* Exceptions are delivered as the guest has them, always. */
static void set_open(struct eli_idt *idt, const struct eli_vectors *open)
{
	idt->open = *open;
	idt->open.word[0] = UINT32_MAX;
}

bool eli_idt_make(struct eli_idt *idt, uint64_t base, uint16_t limit,
		  const struct eli_vectors *open)
{
	set_open(idt, open);
	idt->base = base;
	idt->limit = limit;
	idt->gates = gates_of(limit);
	idt->lifted = false;
	idt->pages = find_pages(idt, idt->page);
	idt->page[0].shadow = idt->room[0];
	idt->page[1].shadow = idt->room[idt->page[1].gpa != idt->page[0].gpa];
	copy_all(idt);
	return idt->pages;
}

void eli_idt_open(struct eli_idt *idt, const struct eli_vectors *open)
{
	set_open(idt, open);
	copy_all(idt);
}

/* The part of [gpa, gpa + bytes) that lies in the frame at @frame: offsets in it. */
static bool part_in(uint64_t frame, uint64_t gpa, uint64_t bytes, unsigned *from, unsigned *to)
{
	uint64_t first = gpa > frame ? gpa : frame;
	uint64_t end = gpa + bytes < frame + ELI_PAGE_SIZE ? gpa + bytes : frame + ELI_PAGE_SIZE;

	if (first >= end)
		return false;
	*from = (unsigned)(first - frame);
	*to = (unsigned)(end - frame);
	return true;
}

bool eli_idt_written(struct eli_idt *idt, uint64_t gpa, uint64_t bytes)
{
	bool any = false;

	for (unsigned i = 0; i < idt->pages; i++) {
		unsigned from, to;

		if (!part_in(idt->page[i].gpa, gpa, bytes, &from, &to))
			continue;
		copy(idt, &idt->page[i], from, to);
		any = true;
	}
	return any;
}

/* ---- what is asked of it ---- */

uint16_t eli_idt_limit(const struct eli_idt *idt)
{
	unsigned top = ((unsigned)eli_vectors_highest(&idt->open) + 1) * ELI_GATE_SIZE - 1;

	return (uint16_t)(top < idt->limit ? top : idt->limit);
}

bool eli_idt_own_present(const struct eli_idt *idt, uint8_t vector)
{
	uint64_t flags = idt->base + vector * UINT64_C(16) + ELI_GATE_FLAGS;
	const struct eli_idt_page *page = &idt->page[(flags & PAGE_MASK) != idt->page[0].linear];

	return page->own[flags & ~PAGE_MASK] & ELI_GATE_PRESENT;
}

/* Of the gates of one word of the set, from @vector on, those that are not open. */
static void lift_word(const struct eli_idt *idt, unsigned vector, unsigned end, uint8_t mask)
{
	uint32_t open = idt->open.word[vector / 32];
	unsigned at = (unsigned)(idt->base & ~PAGE_MASK) + vector * ELI_GATE_SIZE + ELI_GATE_FLAGS;

	for (; vector < end; vector++, open >>= 1, at += ELI_GATE_SIZE) {
		const struct eli_idt_page *page = &idt->page[at / ELI_PAGE_SIZE];

		if (!(open & 1))
			page->shadow[at % ELI_PAGE_SIZE] = page->own[at % ELI_PAGE_SIZE] & mask;
	}
}

void eli_idt_lift(struct eli_idt *idt, bool lifted)
{
	unsigned gates = idt->pages ? idt->gates : 0;
	uint8_t mask = lifted ? 0xff : (uint8_t)~ELI_GATE_PRESENT;

	idt->lifted = lifted;
	for (unsigned first = ELI_EXCEPTIONS; first < gates; first += 32)
		lift_word(idt, first, first + 32 < gates ? first + 32 : gates, mask);
}
