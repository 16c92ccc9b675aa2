/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A row of a table as text, and who it is for: the same cells go to a file, a page or a person. */
typedef void cells_writer(void *to, const char *const cells[], size_t count);

/* @to is a struct csv. */
void cells_csv(void *to, const char *const cells[], size_t count);
/* @to is a FILE: a row of a table in Markdown. */
void cells_markdown(void *to, const char *const cells[], size_t count);
/* The row that stands under a table's head in Markdown. */
void cells_markdown_rule(FILE *page, size_t count);

/* Widths as printf has them: negative to the left, 0 leaves the cell out. */
struct cells_terminal {
	FILE *out;
	const int *width;
};

/* @to is a struct cells_terminal. */
void cells_terminal(void *to, const char *const cells[], size_t count);

/* @value by @format, or "n/a". */
void cell_number(char text[32], bool known, const char *format, double value);

/* A published number and ours as cells: each as it is, the difference, and that in percent. */
struct cells_compared {
	char theirs[32], ours[32], difference[32], percent[32];
};

struct cells_compared cells_compare(bool published, double theirs, bool measured, double ours);
