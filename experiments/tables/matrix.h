/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tables/result.h"

#include <stdio.h>

/*
 * The tables of an experiment whose runs differ in the knobs vmcs, merge and mmu and do the same
 * ("table": "matrix"): one line for each run, with the boots of L1 and L2 and a CPUID of L2's.
 */

/* matrix.csv */
bool matrix_table(const struct result *result, const json_t *object);
/* figure.dat: a block for each mmu, as gnuplot's `index` has them. */
bool matrix_figure(const struct result *result, const json_t *object);
/* The table on the terminal. */
void matrix_show(const json_t *object, FILE *out);
