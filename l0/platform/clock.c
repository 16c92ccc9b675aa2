// SPDX-License-Identifier: Apache-2.0
#include "platform/clock.h"

uint64_t muldiv(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t low, high, quotient, rest;

	/* By hand: the compiler's 128-bit division is a library call that L0 does not have. */
	__asm__("mulq %3" : "=a"(low), "=d"(high) : "a"(a), "rm"(b) : "cc");
	if (high >= c)
		return UINT64_MAX; /* DIV would fault; also c == 0 */
	__asm__("divq %4" : "=a"(quotient), "=d"(rest) : "a"(low), "d"(high), "rm"(c) : "cc");
	return quotient;
}

uint64_t clock_ticks(const struct clock *clock, uint64_t now)
{
	if (now <= clock->start)
		return 0;
	return muldiv(now - clock->start, clock->hz, clock->tsc_hz);
}

uint64_t clock_tsc(const struct clock *clock, uint64_t ticks)
{
	uint64_t tsc = muldiv(ticks, clock->tsc_hz, clock->hz);

	if (tsc >= CLOCK_NEVER - clock->start - 1)
		return CLOCK_NEVER;
	/* muldiv() rounds down, the tick comes at the next whole TSC. */
	tsc += clock->start;
	return clock_ticks(clock, tsc) < ticks ? tsc + 1 : tsc;
}
