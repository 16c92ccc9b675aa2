/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a CPU does that runs no guest: it looks at its sources of work in turn, for ever. A source
 * is a device of some machine (rings, the registers of an IOMMU) that its guest never has to exit
 * for.
 *
 *     turn: source 0, source 1, ... each at most `budget` pieces of work ─▶ was there any?
 *              ▲                                            yes: busy ticks, next turn at once
 *              └──────────── wait, by the idle policy ◀──── no: idle ticks
 *
 * Pure: time, waiting and the work itself come from outside.
 */
#ifndef SIDECORE_POLLER_H
#define SIDECORE_POLLER_H

#include <stdbool.h>
#include <stdint.h>

#include "measure/polling.h"

#define POLLER_SOURCES 32

/* How it waits between two turns that found nothing. */
enum poller_idle {
	POLLER_SPIN,    /* looks again at once: the shortest answer, a CPU and its power for it */
	POLLER_BACKOFF, /* longer and longer, up to `longest` */
};

struct poller_source {
	/*
	 * Does at most @budget pieces of what is there at @now, of the clock of @of's machine, and
	 * says how many it did. It never waits for a guest.
	 */
	unsigned (*poll)(void *of, uint64_t now, unsigned budget);
	void *of;
	const uint64_t *clock_offset; /* its machine's clock is the TSC plus this */
	uint64_t work;                /* pieces done since the start */
};

struct poller {
	unsigned sources;
	struct poller_source source[POLLER_SOURCES];
	unsigned
		first; /* whose turn it is to be first: no source is always served before another */
	unsigned budget; /* pieces of a source in one turn */
	enum poller_idle idle;
	uint64_t longest; /* ticks between two looks, by POLLER_BACKOFF */
	uint64_t wait;    /* ticks that the next wait takes at least */
	struct poll_counters spent;
};

/* Before it runs: false if there are POLLER_SOURCES already. */
bool poller_add(struct poller *p, const struct poller_source *source);

/*
 * One turn that began at TSC @now: true if there was work. Each source gets its budget once,
 * whatever the others have; which one is first changes from turn to turn.
 */
bool poller_turn(struct poller *p, uint64_t now);

/* Counts a turn of so many ticks; after one without work: how many ticks to wait. */
uint64_t poller_account(struct poller *p, uint64_t ticks, bool worked);

#endif
