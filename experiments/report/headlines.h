/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>
#include <stdio.h>

/*
 * The numbers that an experiment is judged by: "headlines" of its definition, each with what it
 * "says", the "table" (a CSV file of the result), "where" in it ({"COLUMN": "TEXT"}), the "column",
 * and, where there is one, the column that stands "beside" with whose it is ("whose"). "count":
 * true counts the rows that fit, out of all.
 */

/* The table of all headlines has begun, or ends. */
void headlines_begin(FILE *page);
void headlines_end(FILE *page);
/* The rows of one experiment, whose name links to its section. */
void headlines_put(FILE *page, const char *name, const json_t *headlines, const char *directory);
