// SPDX-License-Identifier: Apache-2.0
#include "load/layout.h"

#include "lib/print.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct layout_piece firmware[] = {
	{0, LOAD_BIOS_DATA_END, "the interrupt vectors and the BIOS data area"},
	{LOAD_EBDA, 0xa0000, "the extended BIOS data area"},
	{0xa0000, LOAD_ACPI, "video memory and option ROMs"},
	{LOAD_ACPI, LOAD_HIGH, "the firmware's ROM and the ACPI tables"},
};

void layout_init(struct layout *l, const struct ram *ram)
{
	l->ram = ram;
	for (l->pieces = 0; l->pieces < COUNT(firmware); l->pieces++)
		l->piece[l->pieces] = firmware[l->pieces];
}

/* Any piece that begins before the end of [at, at + size) and ends after its begin. */
static const struct layout_piece *in_the_way(const struct layout *l, uint64_t at, uint64_t size)
{
	for (const struct layout_piece *p = l->piece; p < l->piece + l->pieces; p++)
		if (p->start < at + size && p->end > at)
			return p;
	return NULL;
}

static bool add(struct layout *l, uint64_t at, uint64_t size)
{
	if (l->pieces == LAYOUT_PIECES)
		return false;
	l->piece[l->pieces++] = (struct layout_piece){at, at + size, NULL};
	return true;
}

/* The firmware's pieces are the first ones: of two in the way they are found before L1's own. */
static bool may_take(const struct layout *l, uint64_t at, uint64_t size)
{
	const struct layout_piece *p = in_the_way(l, at, size);

	if (!p || !p->firmware)
		return true;
	say("L1's kernel has a segment at %lx of %lu bytes over [%lx, %lx): %s", at, size, p->start,
	    p->end, p->firmware);
	return false;
}

void *layout_take(struct layout *l, uint64_t at, uint64_t size)
{
	void *memory = ram_ptr(l->ram, at, size);

	if (!memory) {
		say("L1's kernel has a segment at %lx of %lu bytes, more than its memory (knob "
		    "memory)",
		    at, size);
		return NULL;
	}
	if (!may_take(l, at, size))
		return NULL;
	if (!add(l, at, size)) {
		say("L1's kernel has more than %u segments",
		    LAYOUT_PIECES - (unsigned)COUNT(firmware));
		return NULL;
	}
	return memory;
}

static uint64_t align_down(uint64_t at, uint64_t align)
{
	return at & ~(align - 1);
}

static uint64_t align_up(uint64_t at, uint64_t align)
{
	return align_down(at + align - 1, align);
}

/* From each thing in the way on to what lies beyond it: every step leaves one behind. */
static bool find_low(const struct layout *l, const struct layout_wish *w, uint64_t size,
		     uint64_t *at)
{
	const struct layout_piece *p;

	for (*at = align_up(w->from, w->align); *at <= w->to && size <= w->to - *at;
	     *at = align_up(p->end, w->align)) {
		p = in_the_way(l, *at, size);
		if (!p)
			return true;
	}
	return false;
}

static bool find_high(const struct layout *l, const struct layout_wish *w, uint64_t size,
		      uint64_t *at)
{
	const struct layout_piece *p;

	for (uint64_t end = w->to; end >= size; end = p->start) {
		*at = align_down(end - size, w->align);
		if (*at < w->from)
			return false;
		p = in_the_way(l, *at, size);
		if (!p)
			return true;
	}
	return false;
}

bool layout_find(const struct layout *l, const struct layout_wish *wish, uint64_t size,
		 uint64_t *at)
{
	struct layout_wish w = *wish;

	if (w.to > l->ram->below)
		w.to = l->ram->below;
	if (w.from > w.to)
		return false;
	return w.high ? find_high(l, &w, size, at) : find_low(l, &w, size, at);
}

void *layout_place(struct layout *l, const struct layout_wish *wishes, unsigned count,
		   uint64_t size, uint64_t *at)
{
	for (unsigned i = 0; i < count; i++)
		if (layout_find(l, &wishes[i], size, at))
			return add(l, *at, size) ? ram_ptr(l->ram, *at, size) : NULL;
	return NULL;
}

/* The end of what lies highest below 4 GiB, where 32-bit addresses reach. */
static uint64_t highest(const struct layout *l)
{
	uint64_t end = LOAD_HIGH;

	for (unsigned i = 0; i < l->pieces; i++)
		if (l->piece[i].end > end && l->piece[i].end <= l->ram->below)
			end = l->piece[i].end;
	return end;
}

void *layout_place_table(struct layout *l, uint64_t size, uint64_t *at)
{
	/* Below 64 KiB is where guests put their real-mode code without asking anybody. */
	const struct layout_wish wishes[] = {
		{0x10000, LOAD_EBDA, LAYOUT_PAGE, false},
		{highest(l), RAM_HOLE_START, LAYOUT_PAGE, false},
		{0x1000, RAM_HOLE_START, LAYOUT_PAGE, false},
	};

	return layout_place(l, wishes, COUNT(wishes), size, at);
}

void *layout_place_behind(struct layout *l, uint64_t size, uint64_t *at)
{
	const struct layout_wish wishes[] = {
		{highest(l), RAM_HOLE_START, LAYOUT_PAGE, false},
		{LOAD_HIGH, RAM_HOLE_START, LAYOUT_PAGE, false},
	};

	return layout_place(l, wishes, COUNT(wishes), size, at);
}

bool layout_holds(const struct layout *l, uint64_t at)
{
	const struct layout_piece *p = in_the_way(l, at, 1);

	return p && !p->firmware;
}

unsigned load_memory_map(const struct ram *ram, struct load_map map[LOAD_MAP_ROWS])
{
	unsigned n = 0;

	map[n++] = (struct load_map){0, LOAD_EBDA, LOAD_RAM};
	map[n++] = (struct load_map){LOAD_EBDA, 0xa0000 - LOAD_EBDA, LOAD_RESERVED};
	map[n++] = (struct load_map){LOAD_ACPI, LOAD_HIGH - LOAD_ACPI, LOAD_RESERVED};
	map[n++] = (struct load_map){LOAD_HIGH, ram->below - LOAD_HIGH, LOAD_RAM};
	if (ram->above)
		map[n++] = (struct load_map){RAM_HOLE_END, ram->above, LOAD_RAM};
	return n;
}
