/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "lib/csv.h"
#include "tables/measurement.h"
#include "tables/result.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * The tables of an experiment, each made of the finished result object, so that the same data can
 * be written again without running anything:
 *   { "experiment", "title", "runs": [{ "level", "knobs", "events": [...] }], "published": {...} }
 */

/* operations.csv: one line per level and operation. */
bool table_operations(const struct result *result, const json_t *object);
/* exits.csv: per operation and reason. */
bool table_exits(const struct result *result, const json_t *object);

/* charged.csv: the cost model's ticks, where a definition gives its runs names; else nothing. */
bool table_charged(const struct result *result, const json_t *object);
/* comparison.csv: each published number beside ours. */
bool table_comparison(const struct result *result, const json_t *object);
/* The same on a page in Markdown, and on the terminal. */
void table_comparison_page(FILE *page, const json_t *object);
void table_comparison_show(const json_t *object, FILE *out);
/* figure.dat: what the gnuplot template draws. */
bool table_figure(const struct result *result, const json_t *object);
/* The table on the terminal. */
void table_show(const json_t *object, FILE *out);

/*
 * Exits for one operation by reason, on one line. Reasons that come less than once in ten
 * operations are noise there; exits.csv has them all.
 */
void table_show_reasons(FILE *out, const struct measurement *m);

/* Of our own L0, the run of that name in a result object; else the first of that level; or NULL. */
const json_t *table_run(const json_t *object, const char *name);

bool table_open(struct csv *csv, const struct result *result, const char *name, const char *header);
