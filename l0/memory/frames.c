// SPDX-License-Identifier: Apache-2.0
#include "memory/frames.h"

#include "lib/string.h"

static uint64_t whole_pages(uint64_t bytes)
{
	return (bytes + FRAMES_PAGE - 1) & ~(FRAMES_PAGE - 1);
}

void frames_add(struct frames *f, uint64_t hpa, uint64_t size)
{
	uint64_t start = whole_pages(hpa), end = (hpa + size) & ~(FRAMES_PAGE - 1);

	if (f->ranges < FRAMES_RANGES && end > start)
		f->range[f->ranges++] = (struct frames_range){start, end};
}

void frames_bound(struct frames *f, uint64_t hpa, uint64_t top)
{
	for (unsigned i = 0; i < f->ranges; i++) {
		struct frames_range *r = &f->range[i];

		if (r->start < whole_pages(hpa))
			r->start = whole_pages(hpa);
		if (r->end > top)
			r->end = top;
		if (r->end < r->start)
			r->end = r->start;
	}
}

uint64_t frames_take(struct frames *f, uint64_t bytes)
{
	struct frames_range *best = 0;

	bytes = whole_pages(bytes);
	for (unsigned i = 0; i < f->ranges; i++)
		if (f->range[i].end - f->range[i].start >= bytes &&
		    (!best || f->range[i].start < best->start))
			best = &f->range[i];
	if (!best)
		return 0;
	best->start += bytes;
	return best->start - bytes;
}

void *frames_take_zeroed(struct frames *f, uint64_t bytes)
{
	void *memory = (void *)(uintptr_t)frames_take(f, bytes);

	if (memory)
		memset(memory, 0, bytes);
	return memory;
}

/* The highest place in @r with this alignment; 0: none. */
static uint64_t place(const struct frames_range *r, uint64_t bytes, uint64_t alignment)
{
	uint64_t start;

	if (r->end < bytes)
		return 0;
	start = (r->end - bytes) & ~(alignment - 1);
	return start >= r->start && start < r->end ? start : 0;
}

/* [@start, @end) leaves @r, whose upper rest becomes a range of its own, for another guest. */
static void cut(struct frames *f, struct frames_range *r, uint64_t start, uint64_t end)
{
	if (end < r->end && f->ranges < FRAMES_RANGES)
		f->range[f->ranges++] = (struct frames_range){end, r->end};
	r->end = start;
}

uint64_t frames_take_guest(struct frames *f, uint64_t bytes)
{
	static const uint64_t alignments[] = {1ull << 30, 2ull << 20};
	struct frames_range *best = 0;
	uint64_t start = 0;

	bytes = whole_pages(bytes);
	for (unsigned a = 0; a < 2 && !start; a++)
		for (unsigned i = 0; i < f->ranges; i++) {
			uint64_t here = place(&f->range[i], bytes, alignments[a]);

			if (here > start) {
				start = here;
				best = &f->range[i];
			}
		}
	if (start)
		cut(f, best, start, start + bytes);
	return start;
}

uint64_t frames_left(const struct frames *f)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < f->ranges; i++)
		bytes += f->range[i].end - f->range[i].start;
	return bytes;
}
