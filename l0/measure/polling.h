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

/* One of them on another CPU: it goes on meanwhile. */
static inline uint64_t polling_read(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* All of them, as they stand, less @then; all zero: since the start. */
static inline struct poll_counters polling_since(const struct poll_counters *spent,
						 const struct poll_counters *then)
{
	return (struct poll_counters){
		.busy_ticks = polling_read(&spent->busy_ticks) - then->busy_ticks,
		.idle_ticks = polling_read(&spent->idle_ticks) - then->idle_ticks,
		.turns = polling_read(&spent->turns) - then->turns,
		.busy_turns = polling_read(&spent->busy_turns) - then->busy_turns,
	};
}

#endif
