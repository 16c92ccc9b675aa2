/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest writes to the data channel, a byte at a time, comes out as whole lines in the frame
 * of frame.h, so that it neither mixes with L0's lines nor looks like one.
 */
#ifndef MEASURE_GUEST_LINE_H
#define MEASURE_GUEST_LINE_H

#include <stdint.h>

#define GUEST_LINE_BYTES 8192

struct guest_line {
	const char *mark; /* of frame.h */
	char bytes[GUEST_LINE_BYTES];
	uint32_t used;
};

/* Keeps @c; a line that ends goes to @put. A longer one goes in pieces, each a marked line. */
void guest_line_put(struct guest_line *line, uint8_t c, void (*put)(char c));
/* The same for what the guest left unfinished, when nothing follows. */
void guest_line_finish(struct guest_line *line, void (*put)(char c));

#endif
