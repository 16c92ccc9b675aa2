/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One direction of a wire, as time alone: who sends has a queue of so many bytes before it, drops
 * what does not fit, and puts one bit behind the other; so many ticks after its last bit a frame is
 * at the other end. The frames themselves are kept elsewhere.
 */
#ifndef DEVICES_NET_LINE_H
#define DEVICES_NET_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/lock.h"

#define LINE_MBIT_MAX 1000000

struct line_config {
	uint64_t tsc_khz; /* ticks in a millisecond */
	uint32_t mbit;    /* of simulated time, 1 to LINE_MBIT_MAX */
	uint64_t latency; /* ticks from the last bit to its arrival */
	uint64_t depth;   /* of the queue, in bytes of the wire: frame_wire_bytes() */
};

struct line_counters {
	uint64_t frames, bytes; /* passed; bytes of the wire */
	uint64_t dropped;
	uint64_t busy; /* ticks */
};

struct line {
	uint64_t ticks, bytes; /* so many ticks take so many bytes */
	uint64_t latency, depth;
	uint64_t shift; /* the receiver's clock less the sender's, modulo 2^64 */
	/* Without a gap since when, and how many bytes since then: no frame's time is rounded
	 * twice. */
	uint64_t start, sent;
	uint64_t free; /* when the last one is out */
	struct line_counters counters;
	struct lock *lock; /* who holds it may use the line */
};

/* False: a rate, or a clock, of nothing. */
bool line_init(struct line *line, const struct line_config *config);

/*
 * @bytes go out at @now, or when those before them are out: when they arrive (CLOCK_NEVER: they are
 * dropped). What is nobody's yet goes out even if it is more than the queue takes.
 */
uint64_t line_pass(struct line *line, uint64_t now, uint64_t bytes);

/* When they would arrive, as things stand, if they were not dropped. */
uint64_t line_foresee(const struct line *line, uint64_t now, uint64_t bytes);

/* Ticks that @bytes take, rounded up. */
uint64_t line_ticks(const struct line *line, uint64_t bytes);

/* Takes the lock for a moment. */
void line_read_counters(struct line *line, struct line_counters *counters);

#endif
