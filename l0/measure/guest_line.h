/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest writes to the data channel, a byte at a time, comes out as whole lines in the frame
 * of frame.h, so that it neither mixes with L0's lines nor looks like one.
 */
#ifndef MEASURE_GUEST_LINE_H
#define MEASURE_GUEST_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/lock.h"

#define GUEST_LINE_BYTES 8192

/* Of one machine: its vCPUs write to it, who has the lock. */
struct guest_line {
	struct lock lock;
	const char *mark; /* of frame.h */
	char bytes[GUEST_LINE_BYTES];
	uint32_t used;
};

/* Will @c send something? */
static inline bool guest_line_sends(const struct guest_line *line, uint8_t c)
{
	return c == '\n' || line->used == GUEST_LINE_BYTES;
}

/* Keeps @c; a line that ends goes to @put. A longer one goes in pieces, each a marked line. */
void guest_line_put(struct guest_line *line, uint8_t c, void (*put)(char c));
/* The same for what the guest left unfinished, when nothing follows. */
void guest_line_finish(struct guest_line *line, void (*put)(char c));

#endif
