/* SPDX-License-Identifier: Apache-2.0 */
/* What a CPU that polls has spent: it alone writes, any CPU reads. */
#ifndef MEASURE_POLLING_H
#define MEASURE_POLLING_H

#include <stdint.h>

struct poll_counters {
	uint64_t busy_ticks,
		idle_ticks; /* of turns with work and without, waits among the latter */
	uint64_t turns, busy_turns;
};

/* Adds to one of them: whole words, which others read in any order. */
static inline void polling_count(uint64_t *counter, uint64_t more)
{
	__atomic_store_n(counter, *counter + more, __ATOMIC_RELAXED);
}

/* As they stand, each whole. */
static inline struct poll_counters polling_read(const struct poll_counters *spent)
{
	return (struct poll_counters){
		.busy_ticks = __atomic_load_n(&spent->busy_ticks, __ATOMIC_RELAXED),
		.idle_ticks = __atomic_load_n(&spent->idle_ticks, __ATOMIC_RELAXED),
		.turns = __atomic_load_n(&spent->turns, __ATOMIC_RELAXED),
		.busy_turns = __atomic_load_n(&spent->busy_turns, __ATOMIC_RELAXED),
	};
}

/* What has been spent since @then. */
static inline struct poll_counters polling_since(const struct poll_counters *spent,
						 const struct poll_counters *then)
{
	struct poll_counters now = polling_read(spent);

	return (struct poll_counters){
		.busy_ticks = now.busy_ticks - then->busy_ticks,
		.idle_ticks = now.idle_ticks - then->idle_ticks,
		.turns = now.turns - then->turns,
		.busy_turns = now.busy_turns - then->busy_turns,
	};
}

#endif
