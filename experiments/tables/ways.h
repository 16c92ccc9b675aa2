/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tables/result.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * What an operation costs by each way to have it: runs by name, each with all that it measured,
 * and of an operation that it measured for several sizes all of them.
 */

/* ways.csv: a line for each run, operation and size. ways-exits.csv: the same by reason.
 * windows.csv: tables/windows.h. */
bool ways_tables(const struct result *result, const json_t *object);
/* figure.dat: a block for each operation and size, two empty lines apart: a title, then a line for
 * each run. */
bool ways_figure(const struct result *result, const json_t *object);
/* NAME.md; @WAYS@ in it is a table for each operation, @COMPARISON@ the published numbers,
 * @WINDOWS@ what tables/windows.h has. */
bool ways_page(const struct result *result, const json_t *object);
void ways_show(const json_t *object, FILE *out);
