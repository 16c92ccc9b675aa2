/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is counted, per vCPU, always: each exit under its level, VMCS12 and reason, with the ticks
 * that L0 spent on it; all ticks, split by who had the processor; and how many exits lie between
 * an exit of L2 and its next entry (exit multiplication).
 */
#ifndef MEASURE_COUNTERS_H
#define MEASURE_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "measure/reasons.h"

/* Rows of counters: L1's own, then one for each VMCS12 met; the last is shared when they run out.
 */
#define COUNTER_SLOTS 9
#define SLOT_L1       0
#define LEVELS        3 /* ticks of L0, L1, L2 (and everything below it) */
#define TICK_BUCKETS  56
#define CHAIN_BUCKETS 256

/* All exits of one reason from one place. Ticks: L0's own, from the exit to the next entry. */
struct exit_stat {
	uint64_t count, ticks, max;
	uint64_t not_min;              /* complement of the least, so that 0 means none yet */
	uint32_t bucket[TICK_BUCKETS]; /* by log2 of the ticks */
};

_Static_assert(sizeof(struct exit_stat) == 256, "a row's address is a shift");

struct counters {
	uint64_t start;         /* TSC when counting began */
	uint64_t left, entered; /* TSC of the last exit, and of the entry that followed it */
	uint64_t charged;       /* ticks of the cost model (charge.def), nobody's own */
	uint64_t ticks[LEVELS]; /* sum with charged is left - start, exactly */
	uint64_t exits;         /* of all levels */
	uint64_t chain_start;   /* exits before the one by which L2 left; 0: L2 has not left */
	bool restart;           /* begin anew at the next entry */
	struct exit_stat *row;  /* of the exit at left; it is added up when the next one comes */
	struct exit_stat none;  /* row of the exit that restarted the counters */
	uint64_t chains, chain_sum, chain_max;
	uint32_t chain_bucket[CHAIN_BUCKETS]; /* the last bucket holds all longer ones */
	uint64_t vmcs12[COUNTER_SLOTS]; /* which VMCS12 (L1's physical address) a row belongs to */
	struct exit_stat stat[COUNTER_SLOTS][EXIT_REASON_ROWS];
};

/* The row for a VMCS12 at @vmcs12, which it keeps for the life of the VM. */
unsigned counters_slot(struct counters *c, uint64_t vmcs12);

/* All to zero at the next entry to a guest. */
static inline void counters_restart(struct counters *c)
{
	c->restart = true;
}

/* Does what counters_restart() asked for, at TSC @now. */
void counters_clear(struct counters *c, uint64_t now);

/*
 * An exit from @level (1, 2) at TSC @now. The ticks that L0 spent on the exit before are added up
 * only here: so the bookkeeping lies between exit and entry, and is L0's own time.
 */
static inline void counters_exit(struct counters *c, unsigned level, unsigned slot, uint32_t reason,
				 uint64_t now)
{
	struct exit_stat *s = c->row;
	uint64_t ticks = c->entered - c->left;

	c->ticks[0] += ticks;
	c->ticks[level] += now - c->entered;
	c->left = now;
	s->count++;
	s->ticks += ticks;
	s->bucket[63 - __builtin_clzll(ticks | 1)]++;
	if (ticks > s->max)
		s->max = ticks;
	if (~ticks > s->not_min)
		s->not_min = ~ticks;
	c->row = &c->stat[slot][reason % EXIT_REASON_ROWS];
	c->exits++;
}

/* After counters_exit(): it was L2 that left. */
static inline void counters_l2_left(struct counters *c)
{
	c->chain_start = c->exits;
}

/* L2 runs again: the exits since it left are one chain. */
static inline void counters_chain(struct counters *c)
{
	uint64_t chain = c->exits - c->chain_start + 1;

	if (!c->chain_start)
		return;
	c->chain_start = 0;
	c->chains++;
	c->chain_sum += chain;
	if (chain > c->chain_max)
		c->chain_max = chain;
	c->chain_bucket[chain < CHAIN_BUCKETS ? chain : CHAIN_BUCKETS - 1]++;
}

/* The entry at TSC @now: the last thing before it. */
static inline void counters_enter(struct counters *c, uint64_t now)
{
	c->entered = now;
	if (c->restart)
		counters_clear(c, now);
}

#endif
