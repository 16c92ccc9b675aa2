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

#include "lib/asm.h"
#include "measure/reasons.h"

/* Groups of counters: L1's own, then one for each VMCS12 met; the last is shared when they run out.
 */
#define COUNTER_SLOTS 9
#define SLOT_L1       0
#define TICK_BUCKETS  56
#define CHAIN_BUCKETS 256

/* All exits of one reason from one place. Ticks: L0's own, from the exit to the next entry. */
struct exit_stat {
	uint64_t ticks, min, max;
	uint64_t reserved;
	uint32_t bucket[TICK_BUCKETS]; /* by log2 of the ticks: their sum is how many exits */
};

_Static_assert(sizeof(struct exit_stat) == 256, "a row's address is a shift");

/* What runs under one VMCS: L1, or the L2 of one VMCS12. */
struct counter_group {
	uint64_t ticks;    /* of the guest itself */
	uint64_t vmcs12;   /* L1's physical address; 0: none yet */
	uint32_t asked_by; /* slot of the guest that wanted to enter this one; SLOT_L1: L1 itself */
	struct exit_stat stat[EXIT_REASON_ROWS];
};

struct counters {
	uint64_t start;              /* TSC when counting began */
	uint64_t left, entered;      /* TSC of the last exit, and of the entry that followed it */
	uint64_t charged;            /* ticks of the cost model (charge.def), nobody's own */
	uint64_t halted;             /* of L1's own ticks, those that ended in HLT */
	struct counter_group *group; /* of the guest that runs */
	struct exit_stat *row; /* of the exit at left; it is added up when the next one comes */
	uint64_t chain; /* exits since L2 left, with that one; CHAIN_NONE and up: it has not */
	bool restart;   /* begin anew at the next entry */
	struct exit_stat none; /* row of the exit that restarted the counters */
	uint64_t chains, chain_sum, chain_max;
	uint32_t chain_bucket[CHAIN_BUCKETS]; /* the last bucket holds all longer ones */
	struct counter_group groups[COUNTER_SLOTS];
};

#define CHAIN_NONE (UINT64_C(1) << 63)

/* The slot for a VMCS12 at @vmcs12, which it keeps for the life of the VM. */
unsigned counters_slot(struct counters *c, uint64_t vmcs12);

/*
 * Which level a VMCS12's guest is. An L2 that is a hypervisor has its L3 entered by L1: its
 * VMLAUNCH or VMRESUME exits to L1, which answers with another VMCS12, one that it made from what
 * L2 asked for. So the VMCS12 that L1 turns to when that was the last exit of the one before is a
 * level below it (counters_answer), and so on down; no other VMCS12 tells more than that L1 runs
 * it, which makes it an L2. An L1 that is interrupted in between makes L0 take another one of its
 * guests for the answer, until it answers the next time.
 */
#define COUNTER_LEVELS COUNTER_SLOTS /* levels are 1 to that */
unsigned counters_level(const struct counters *c, unsigned slot);
unsigned counters_running_level(const struct counters *c);

/* L1 turns to @slot because the guest of @asker wants to enter its own; SLOT_L1: nobody wanted it.
 */
void counters_answer(struct counters *c, unsigned slot, unsigned asker);

/* What these rows have counted: exits, and L0's ticks on them. */
uint64_t counters_exits(const struct exit_stat *s);
/* All exits of guests of L1 for @reason, a number that may come from a guest. */
uint64_t counters_l2_exits(const struct counters *c, uint32_t reason);
uint64_t counters_l0_ticks(const struct counters *c);

/* Ticks of the guests of this level. All levels' with L0's and the charged ones: left - start. */
uint64_t counters_ticks(const struct counters *c, unsigned level);

/* The guest of this slot is what runs next. */
static inline void counters_run(struct counters *c, unsigned slot)
{
	c->group = &c->groups[slot];
}

/* All to zero at the next entry to a guest. */
static inline void counters_restart(struct counters *c)
{
	c->restart = true;
}

/* Counting begins at TSC @now, which is when the guest is entered. */
static inline void counters_begin(struct counters *c, uint64_t now)
{
	c->start = c->entered = now;
	c->left = now - 1; /* nobody's tick, for none: a bucket's number is of at least one */
}

/* Does what counters_restart() asked for; counting begins when it is done. */
void counters_clear(struct counters *c);

/*
 * An exit of @reason (below EXIT_REASON_ROWS) at TSC @now. The ticks that L0 spent on the exit
 * before are added up only here: so the bookkeeping lies between exit and entry, and is L0's own
 * time. What can be had by adding up (counts, sums over all rows) is left to the reader.
 */
static inline void counters_exit(struct counters *c, unsigned reason, uint64_t now)
{
	struct exit_stat *s = c->row;
	struct counter_group *g = c->group;
	uint64_t entered = c->entered, ticks = entered - c->left;

	g->ticks -= entered;
	g->ticks += now;
	s->ticks += ticks;
	s->bucket[bit_scan_reverse(ticks)]++;
	if (ticks > s->max)
		s->max = ticks;
	if (ticks < s->min)
		s->min = ticks;
	c->left = now;
	c->row = &g->stat[reason];
	c->chain++;
}

/*
 * After counters_exit(): L1 was in HLT when it left. Since when, no exit tells: all ticks since its
 * entry count, so that what it did before is among them.
 */
static inline void counters_halted(struct counters *c)
{
	c->halted += c->left - c->entered;
}

/* After counters_exit(): it was L2 that left. */
static inline void counters_l2_left(struct counters *c)
{
	c->chain = 1;
}

/* L2 runs again: the exits since it left are one chain. */
static inline void counters_chain(struct counters *c)
{
	uint64_t chain = c->chain;

	if (chain >= CHAIN_NONE)
		return;
	c->chain = CHAIN_NONE;
	c->chains++;
	c->chain_sum += chain;
	if (chain > c->chain_max)
		c->chain_max = chain;
	c->chain_bucket[chain < CHAIN_BUCKETS ? chain : CHAIN_BUCKETS - 1]++;
}

/* The entry, now: the last thing before it. */
static inline void counters_enter(struct counters *c)
{
	rdtsc_to(&c->entered);
	if (c->restart)
		counters_clear(c);
}

/* After counters_enter(), when L0 had more to do: the entry comes now. */
static inline void counters_enter_late(struct counters *c)
{
	rdtsc_to(&c->entered);
	if (c->row == &c->none) /* no exit yet since the counters began: the time was before */
		counters_begin(c, c->entered);
}

#endif
