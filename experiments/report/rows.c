// SPDX-License-Identifier: Apache-2.0
#include "report/rows.h"
#include "lib/complain.h"
#include "lib/scratch.h"

#include <stdlib.h>
#include <string.h>

/* One cell off the front of a CSV line, unquoted in place; NULL at the line's end. */
static char *take_cell(char **rest)
{
	char *cell = *rest, *out = cell, *in = cell;
	bool quoted;

	if (!cell)
		return NULL;
	quoted = *in == '"';
	in += quoted;
	while (*in && (quoted || *in != ',')) {
		if (quoted && *in == '"' && in[1] != '"') {
			quoted = false;
			in++;
			continue;
		}
		in += quoted && *in == '"';
		*out++ = *in++;
	}
	*rest = *in == ',' ? in + 1 : NULL;
	*out = '\0';
	return cell;
}

static size_t count_of(const char *text, char c)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == c;
	return count;
}

static void take_row(struct rows *rows, char *line)
{
	for (size_t c = 0; c < rows->columns; c++)
		rows->cell[rows->count * rows->columns + c] = take_cell(&line);
	rows->count++;
}

bool rows_read(struct rows *rows, const char *directory, const char *name)
{
	char *path = text_format("%s/%s", directory, name);
	char *rest;
	size_t lines;

	*rows = (struct rows){.text = file_read(path)};
	free(path);
	rest = rows->text;
	if (!rest || !*rest)
		return false;
	lines = count_of(rest, '\n') + 1;
	/* A head has no quoted names. */
	rest[strcspn(rest, "\n")] = '\0';
	rows->columns = count_of(rest, ',') + 1;
	rest[strlen(rest)] = lines > 1 ? '\n' : '\0';
	rows->cell = calloc(lines * rows->columns, sizeof(*rows->cell));
	if (!rows->cell)
		abort();
	for (char *line; (line = strsep(&rest, "\n"));)
		if (*line)
			take_row(rows, line);
	return true;
}

void rows_free(struct rows *rows)
{
	free(rows->cell);
	free(rows->text);
	*rows = (struct rows){0};
}

const char *rows_cell(const struct rows *rows, size_t row, size_t column)
{
	const char *text = row < rows->count && column < rows->columns
				   ? rows->cell[row * rows->columns + column]
				   : NULL;

	return text ? text : "";
}

size_t rows_column(const struct rows *rows, const char *name)
{
	size_t column = 0;

	while (column < rows->columns && strcmp(rows_cell(rows, 0, column), name))
		column++;
	return column;
}

static bool fits(const struct rows *rows, const json_t *where, size_t row)
{
	const char *name;
	json_t *text;

	json_object_foreach ((json_t *)where, name, text)
		if (!json_is_string(text) ||
		    strcmp(rows_cell(rows, row, rows_column(rows, name)), json_string_value(text)))
			return false;
	return true;
}

size_t rows_next(const struct rows *rows, const json_t *where, size_t row)
{
	while (++row < rows->count)
		if (fits(rows, where, row))
			return row;
	return 0;
}
