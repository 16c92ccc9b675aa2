/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_CLOCK_H
#define PLATFORM_CLOCK_H

#include <stdint.h>

#define CLOCK_NEVER UINT64_MAX

/*
 * A device clock of `hz` ticks a second that began at TSC `start`. Every conversion goes back to
 * `start` in one 128-bit multiplication and division, so nothing is rounded twice and no clock
 * drifts.
 */
struct clock {
	uint64_t start;
	uint64_t hz;
	uint64_t tsc_hz;
};

/* a * b / c; UINT64_MAX if the quotient has no room in 64 bits or c is 0. */
uint64_t muldiv(uint64_t a, uint64_t b, uint64_t c);

/* Device ticks that have passed by TSC `now` (0 before `start`). */
uint64_t clock_ticks(const struct clock *clock, uint64_t now);

/* First TSC at which clock_ticks() has reached `ticks`. */
uint64_t clock_tsc(const struct clock *clock, uint64_t ticks);

#endif
