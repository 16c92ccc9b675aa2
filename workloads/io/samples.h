/* SPDX-License-Identifier: Apache-2.0 */
/* The samples of one workload, taken between Testudo's markers, and what is said of them. */
#ifndef IO_SAMPLES_H
#define IO_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "line.h"

#define SAMPLES_FACTS    4
#define SAMPLES_ACCOUNTS 2 /* of the guest's kernel */

struct samples {
	uint64_t id;
	const char *name;
	uint64_t *ticks;
	size_t count, room;
	uint64_t before[SAMPLES_ACCOUNTS]; /* what they said when it began; UINT64_MAX: nothing */
	struct fact {
		const char *key; /* NULL: no more */
		uint64_t value;
	} facts[SAMPLES_FACTS + 1];
};

/* The workload of that name in operations.def, with room for @room samples, which is in memory
 * already. False: no such workload, no room or no samples wanted. */
bool samples_make(struct samples *s, const char *name, size_t room);

/* L0 clears its counters; all until samples_end() is measured. */
void samples_begin(struct samples *s);
void samples_add(struct samples *s, uint64_t ticks);
/*
 * L0 freezes its counters and sends them, with the number of samples as that of iterations. How
 * long this guest's CPUs were idle meanwhile, and how many interrupts its devices had, by its own
 * kernel's accounts, become facts.
 */
void samples_end(struct samples *s);

/* Nanoseconds that CPUs were idle until now, of /proc/timer_list: what /proc/stat has in 10 ms.
 * UINT64_MAX: it does not say. */
uint64_t samples_idle(FILE *timer_list);

/* Interrupts of devices until now, of /proc/interrupts: its lines with a number, all CPUs. */
uint64_t samples_interrupts(FILE *interrupts);

/* Sorts them: the value that @percent of them do not exceed (nearest rank). There must be one. */
uint64_t samples_percentile(struct samples *s, unsigned int percent);

/* What else their line says, such as the size of a message; of more than SAMPLES_FACTS the first.
 */
void samples_fact(struct samples *s, const char *key, uint64_t value);

/* Their line for the data channel, after samples_end(). */
void samples_line(struct samples *s, struct line *line, const char *level);

/* Sends that line, and says the same to people. False: no right to the channel's port. */
bool samples_tell(struct samples *s);

#endif
