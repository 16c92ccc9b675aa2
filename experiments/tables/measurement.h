/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * One operation at one level: what the guest saw (sample) joined with what L0 counted (measure).
 */

struct operation {
	uint64_t id;
	const char *name;
	const char *title;
	unsigned int vcpus; /* that it takes at least */
	bool named;         /* measured only where its name is asked for */
};

extern const struct operation operations[];
extern const size_t operation_count;

/* The operation of that name, or NULL. */
const struct operation *operation_find(const char *name);

/*
 * Whether an experiment or a run of it measures @operation: its "operations" by name or, without
 * that, all of the micro-benchmark's that need not be named; in either case those that its vCPUs
 * ("vcpus", else 1) suffice for.
 */
bool operation_chosen(const json_t *holder, const struct operation *operation);

struct measurement {
	const struct operation *operation;
	const json_t *sample;  /* NULL: the guest did not measure it */
	const json_t *measure; /* NULL: nobody counted: there was no L0 */
	const json_t *skip;    /* why the guest could not */
};

/* Looks through the events of one run, an array of channel objects. */
struct measurement measurement_find(const json_t *events, const char *level,
				    const struct operation *operation);

/* The same of the time @nth (from 0) that the guest measured it, as for several sizes in turn. */
struct measurement measurement_nth(const json_t *events, const char *level,
				   const struct operation *operation, size_t nth);

/* How large what was measured is: its sample's "message" (of a stream), "pages", or "bytes". */
bool measurement_size(const struct measurement *m, uint64_t *size);

/* All bytes of a sample. */
bool measurement_bytes(const struct measurement *m, uint64_t *bytes);

/*
 * Numbers of a measurement. A sum goes with its number of iterations, so that nothing is rounded
 * before it is written. False: not known.
 */
struct ratio {
	uint64_t sum, count;
};

/* Time spent waiting for the timer is no cost; it would dwarf all that is. */
bool measurement_waits(const struct operation *operation);
bool measurement_exits(const struct measurement *m, struct ratio *exits);
bool measurement_minimum(const struct measurement *m, uint64_t *ticks);
/* The same of the vCPU whose is dearest, where several measured at once. */
bool measurement_dearest(const struct measurement *m, uint64_t *ticks);
bool measurement_mean(const struct measurement *m, struct ratio *ticks);
/* Ticks spent in a level: "l0", "l1", "l2", and so on down. */
bool measurement_ticks_in(const struct measurement *m, const char *level, struct ratio *ticks);
/* Ticks of the cost model (knob charge), which are in none of the levels. */
bool measurement_charged(const struct measurement *m, struct ratio *ticks);
/* The mean that the guest saw less those; where nobody counted, there are none. */
bool measurement_uncharged(const struct measurement *m, struct ratio *ticks);
bool measurement_multiplication(const struct measurement *m, struct ratio *mean,
				uint64_t *greatest);
/* Those of all levels: L0, L1, L2, and what is below in a run that has more. */
bool measurement_all_ticks(const struct measurement *m, uint64_t *sum);
/* They, and what was charged, must be the elapsed ticks, exactly. */
bool measurement_adds_up(const struct measurement *m);
/* Medians and tails, for result.json; the caller releases it. */
json_t *measurement_derived(const struct measurement *m);
