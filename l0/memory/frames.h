/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's RAM, handed out once at start and for good: L0's own memory from below, the
 * machines' from above.
 */
#ifndef MEMORY_FRAMES_H
#define MEMORY_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#define FRAMES_RANGES 32
#define FRAMES_PAGE   4096ull

struct frames_range {
	uint64_t start, end; /* host-physical, whole pages, still free */
};

struct frames {
	struct frames_range range[FRAMES_RANGES];
	unsigned ranges;
};

/* [@hpa, @hpa + @size) is RAM that may be used; more than FRAMES_RANGES of them are forgotten. */
void frames_add(struct frames *f, uint64_t hpa, uint64_t size);

/* Nothing below @hpa is free, nothing from @top on. */
void frames_bound(struct frames *f, uint64_t hpa, uint64_t top);

/* So many bytes, as whole pages from the lowest range that has them; 0: none has. */
uint64_t frames_take(struct frames *f, uint64_t bytes);

/* The same, as zeroes for L0 to use; NULL: none has. */
void *frames_take_zeroed(struct frames *f, uint64_t bytes);

/*
 * The same for a guest: from the end of the highest range that has them, with the best alignment
 * that it allows, since the leaves of EPT01 are as large as that.
 */
uint64_t frames_take_guest(struct frames *f, uint64_t bytes);

/* Bytes that are left, all ranges together. */
uint64_t frames_left(const struct frames *f);

#endif
