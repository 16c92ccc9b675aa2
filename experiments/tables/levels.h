/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tables/result.h"

#include <stdio.h>

/*
 * The tables of an experiment that measures workloads as a whole ("table": "levels"): what each
 * run costs more than the bare one and than its L1, and who spent it. A run of an L2 names its L1
 * by "l1", else it is the first of that level. What a cost model added to the exits is told apart,
 * so that one run shows the costs with the model and without.
 */

/* levels.csv: one line per workload and run. */
bool levels_table(const struct result *result, const json_t *object);
/* figure.dat: what the gnuplot template draws, a block of lines for each workload. */
bool levels_figure(const struct result *result, const json_t *object);
/* NAME.md: the page of the experiment (pages/NAME.md) with that table and the comparison in it. */
bool levels_page(const struct result *result, const json_t *object);
/* The table, the exits and the comparison on the terminal. */
void levels_show(const json_t *object, FILE *out);
