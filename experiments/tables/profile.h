/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tables/result.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * Where L0's ticks go by function: the lines that L0 sends with profile=yes
 * (../l0/measure/profile.h). What a line has by address ("ticks") becomes "functions", an array
 * with the most ticks first: { "function", "file", "in", "unit", "ticks" }      (symbols.h says
 * what the places mean) The entry stub's instructions, which are not stepped, are a row of their
 * own.
 */

/* In all events of @runs, whose L0 was @program. 0, or a status after a complaint. */
int profile_resolve(json_t *runs, const char *program);

/* Does any run of a result object have a profile? Without one the tables are not written. */
bool profile_present(const json_t *object);

/* profile.csv: each function of each kind of exit. */
bool profile_table(const struct result *result, const json_t *object);
/* sums.csv: each kind's sum beside what the counters say, with the profile and without. */
bool profile_sums(const struct result *result, const json_t *object);
/* figure.dat: a column for each kind of exit that an operation has each time, by source file. */
bool profile_figure(const struct result *result, const json_t *object);
/* The same on the terminal, with the first functions of each kind. */
void profile_show(const json_t *object, FILE *out);
