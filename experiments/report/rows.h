/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A CSV file of a result, in memory: row 0 is its head. */
struct rows {
	char *text; /* what the cells point into */
	char **cell;
	size_t columns, count;
};

/* Reads the file @name of @directory; false when it is not there or empty. */
bool rows_read(struct rows *rows, const char *directory, const char *name);
void rows_free(struct rows *rows);

/* The cell; "" where the row is shorter than the head, or there is no such column. */
const char *rows_cell(const struct rows *rows, size_t row, size_t column);
/* The column of that name; rows->columns where there is none. */
size_t rows_column(const struct rows *rows, const char *name);
/*
 * The next row after @row whose cells are as @where ({"COLUMN": "TEXT", ...}) says, 0 when there is
 * none; begin with 0.
 */
size_t rows_next(const struct rows *rows, const json_t *where, size_t row);
