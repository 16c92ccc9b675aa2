/* SPDX-License-Identifier: Apache-2.0 */
/* One measurement: warm-up, marker, timed iterations, marker, one JSON line. */
#ifndef MICRO_MEASURE_H
#define MICRO_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"
#include "line.h"
#include "operations.h"
#include "options.h"
#include "sample.h"

/*
 * Runs the operation on this CPU, which must be in a job of cpus_run(); all begin to count at once.
 * False when an iteration failed (h then holds those before it).
 */
bool measure(const struct operation *operation, uint64_t iterations, struct histogram *h);

/*
 * Measures each wanted operation of the table on all CPUs at once and hands every line that comes
 * of it to `send` (JSON), one for each CPU that has samples, and, if verbose, to `say` (for
 * people). False when any failed.
 */
bool measure_all(const struct options *options, void (*send)(struct line *line),
		 void (*say)(struct line *line));

/* {"t":"error",...} about an operation, or about none (NULL). */
void error_line(struct line *line, const struct operation *operation, const char *why);

/* The operation that is being measured, for whoever must report a fault; or NULL. */
extern const struct operation *measured;

#endif
