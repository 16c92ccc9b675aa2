/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tables/result.h"

#include <stdio.h>

/*
 * The tables of an experiment whose runs do the same job, alone and beside a neighbour ("table":
 * "isolation"): what a neighbour costs the machine under test, tick by tick. A run with a neighbour
 * is compared with the run of its level that has none.
 */

/* isolation.csv: each operation, and the run as a whole; neighbours.csv: a line for each neighbour.
 */
bool isolation_tables(const struct result *result, const json_t *object);
/* The second one on the terminal. */
void isolation_show(const json_t *object, FILE *out);
