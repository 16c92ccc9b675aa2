/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "result.h"

#include <stdio.h>

/*
 * The tables of an experiment that measures workloads as a whole ("table": "levels"): what each
 * level costs more than the one below, and who spent it.
 */

/* levels.csv: one line per workload and level. */
bool levels_table(const struct result *result, const json_t *object);
/* figure.dat: what the gnuplot template draws, of the first workload. */
bool levels_figure(const struct result *result, const json_t *object);
/* The table on the terminal. */
void levels_show(const json_t *object, FILE *out);
