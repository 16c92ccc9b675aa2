// SPDX-License-Identifier: Apache-2.0
#include "tables/windows.h"
#include "lib/cells.h"
#include "lib/channel.h"
#include "lib/csv.h"
#include "tables/tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What L0 counted, by its own names. */
static const char *const counted[] = {"watched", "closed",  "reused",  "open",
				      "wrong",   "foreign", "replays", "reached"};
#define COUNTED (sizeof(counted) / sizeof(counted[0]))

/*
 * Ticks: of windows that a fault ended, what was seen of them and the most that they can have been;
 * and what was seen of those that ended because the address was another buffer's.
 */
enum part { LEAST, P50, P99, GREATEST, MEAN };

static const struct column {
	const char *name, *head, *list;
	enum part part;
} columns[] = {
	{"seen_min", "least", "seen", LEAST},
	{"seen_p50", "p50", "seen", P50},
	{"seen_p99", "p99", "seen", P99},
	{"seen_max", "greatest", "seen", GREATEST},
	{"seen_mean", "mean", "seen", MEAN},
	{"most_p50", "p50 at most", "most", P50},
	{"most_max", "at most", "most", GREATEST},
	{"until_p50", "reused p50", "until", P50},
	{"until_max", "reused greatest", "until", GREATEST},
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))
#define CELLS   (1 + COUNTED + COLUMNS)

/* A row as text. */
struct row {
	const char *cells[CELLS];
	char text[CELLS][32];
};

static const json_t *window_of(const json_t *run)
{
	const json_t *event;
	size_t i;

	json_array_foreach (json_object_get(run, "events"), i, event)
		if (!strcmp(channel_text(event, "t", ""), "window"))
			return event;
	return NULL;
}

bool windows_counted(const json_t *run, const char *name, uint64_t *value)
{
	return channel_number(window_of(run), name, value);
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* All sorted, and how many there are; the caller frees them. NULL: none, or no numbers. */
static uint64_t *sorted(const json_t *list, size_t *count)
{
	uint64_t *value = calloc(json_array_size(list) + 1, sizeof(*value));
	const json_t *one;
	size_t i;

	json_array_foreach (list, i, one) {
		if (!value || !json_is_integer(one) || json_integer_value(one) < 0)
			goto none;
		value[i] = (uint64_t)json_integer_value(one);
	}
	*count = json_array_size(list);
	if (!value || !*count)
		goto none;
	qsort(value, *count, sizeof(*value), by_size);
	return value;
none:
	free(value);
	return NULL;
}

bool windows_longest(const json_t *run, uint64_t *ticks)
{
	size_t count = 0;
	uint64_t *value = sorted(json_object_get(window_of(run), "seen"), &count);

	if (!value)
		return false;
	*ticks = value[count - 1];
	free(value);
	return true;
}

static uint64_t sum_of(const uint64_t *value, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += value[i];
	return sum;
}

/* The smallest that so many percent do not exceed. */
static uint64_t at_percent(const uint64_t *value, size_t count, size_t percent)
{
	return value[(count * percent + 99) / 100 - 1];
}

static void part_text(char text[32], const json_t *list, enum part part)
{
	static const size_t percent[] = {[P50] = 50, [P99] = 99, [GREATEST] = 100};
	size_t count = 0;
	uint64_t *value = sorted(list, &count);

	if (part == MEAN || !value)
		ratio_text(text, value ? sum_of(value, count) : 0, count * (value != NULL));
	else
		snprintf(text, 32, "%" PRIu64,
			 part == LEAST ? value[0] : at_percent(value, count, percent[part]));
	free(value);
}

static void fill(struct row *row, const json_t *run, const json_t *window)
{
	uint64_t value;

	row->cells[0] = channel_text(run, "name", "n/a");
	for (size_t i = 0; i < COUNTED; i++) {
		bool known = channel_number(window, counted[i], &value);

		snprintf(row->text[i], 32, known ? "%" PRIu64 : "n/a", value);
		row->cells[1 + i] = row->text[i];
	}
	for (size_t c = 0; c < COLUMNS; c++) {
		part_text(row->text[COUNTED + c], json_object_get(window, columns[c].list),
			  columns[c].part);
		row->cells[1 + COUNTED + c] = row->text[COUNTED + c];
	}
}

static size_t each(const json_t *object, cells_writer *write, void *to)
{
	const json_t *run, *window;
	struct row row;
	size_t i, rows = 0;

	json_array_foreach (json_object_get(object, "runs"), i, run) {
		window = window_of(run);
		if (!window)
			continue;
		fill(&row, run, window);
		write(to, row.cells, CELLS);
		rows++;
	}
	return rows;
}

static void nothing(void *to, const char *const cells[], size_t count)
{
	(void)to;
	(void)cells;
	(void)count;
}

bool windows_table(const struct result *result, const json_t *object)
{
	char header[512] = "run";
	struct csv csv;

	if (!each(object, nothing, NULL))
		return true;
	for (size_t i = 0; i < COUNTED; i++)
		strcat(strcat(header, ","), counted[i]);
	for (size_t c = 0; c < COLUMNS; c++)
		strcat(strcat(header, ","), columns[c].name);
	if (!table_open(&csv, result, "windows.csv", header))
		return false;
	each(object, cells_csv, &csv);
	return csv_close(&csv);
}

static void heads(const char *cells[CELLS])
{
	cells[0] = "window";
	for (size_t i = 0; i < COUNTED; i++)
		cells[1 + i] = counted[i];
	for (size_t c = 0; c < COLUMNS; c++)
		cells[1 + COUNTED + c] = columns[c].head;
}

void windows_page(FILE *page, const json_t *object)
{
	const char *cells[CELLS];

	heads(cells);
	cells_markdown(page, cells, CELLS);
	cells_markdown_rule(page, CELLS);
	each(object, cells_markdown, page);
}

/* As much as fits a line. */
void windows_show(const json_t *object, FILE *out)
{
	static const int widths[CELLS] = {-28, 0,  8,  8,  0, 7, 8,  0, 0,
					  10,  10, 10, 10, 0, 0, 10, 10};
	struct cells_terminal terminal = {out, widths};
	const char *cells[CELLS];

	if (!each(object, nothing, NULL))
		return;
	heads(cells);
	cells_terminal(&terminal, cells, CELLS);
	each(object, cells_terminal, &terminal);
	fputs("windows: ticks from the end of a page's entry to that of a device's use of it\n\n",
	      out);
}
