/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tables/result.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * What L0 counted between any guest's own marks, line by line of the channel (l0/README.md): no
 * table of operations need know the marker. "markers" of the object gives names ({"7": "ping"});
 * else the guest's own sample of that marker does, if there is one.
 */

/* How many measurements of L0's there are among the @events of a run. */
size_t marks_count(const json_t *events);
/*
 * measurements.csv, a line for each marker, level and VMCS12 of each run: exits, ticks by level and
 * exits for one of L2's, each for one iteration; marker-exits.csv, the exits by reason.
 */
bool marks_tables(const struct result *result, const json_t *object);
/* The same on the terminal. */
void marks_show(const json_t *object, FILE *out);
