// SPDX-License-Identifier: Apache-2.0
#include "tables/bars.h"
#include "lib/cells.h"
#include "lib/channel.h"
#include "lib/csv.h"
#include "tables/measurement.h"
#include "tables/page.h"
#include "tables/tables.h"

#include <stdlib.h>
#include <string.h>

enum part { PART_TOTAL, PART_L0, PART_L1, PART_SWITCH, PART_EXITS, PART_TIMES, PARTS };

/* By their names in the published object; the last is worked out on both sides. */
static const char *const part_names[PARTS] = {
	[PART_TOTAL] = "total",        [PART_L0] = "L0",       [PART_L1] = "L1",
	[PART_SWITCH] = "mode switch", [PART_EXITS] = "exits", [PART_TIMES] = "times the base",
};

/* A bar: theirs and ours, each part known or not. */
struct bar {
	const json_t *row;
	const char *name, *run_name, *operation;
	bool published[PARTS], measured[PARTS];
	double theirs[PARTS], ours[PARTS];
	const char *why; /* there is no number of ours, or NULL */
};

static double mean(const struct ratio *ratio)
{
	return (double)ratio->sum / (double)ratio->count;
}

/* What is L1's of a run at L1 is the guest's own time. */
static void measure_parts(struct bar *bar, const struct measurement *m, bool nested)
{
	struct ratio l0, l1, charged, exits;

	if (!measurement_ticks_in(m, "l0", &l0) || !measurement_ticks_in(m, "l1", &l1) ||
	    !measurement_charged(m, &charged) || !measurement_exits(m, &exits)) {
		bar->why = "not measured";
		return;
	}
	/* The marker that ends a measurement is an exit; an operation has one each time, or none.
	 */
	if (exits.sum * 2 < exits.count) {
		bar->why = "it costs no exit";
		return;
	}
	bar->ours[PART_L0] = mean(&l0);
	bar->ours[PART_L1] = nested ? mean(&l1) : 0;
	bar->ours[PART_SWITCH] = mean(&charged);
	bar->ours[PART_EXITS] = mean(&exits);
	bar->ours[PART_TOTAL] = bar->ours[PART_L0] + bar->ours[PART_L1] + bar->ours[PART_SWITCH];
	for (int part = PART_TOTAL; part <= PART_EXITS; part++)
		bar->measured[part] = true;
}

static void measure_bar(struct bar *bar, const json_t *object)
{
	const struct operation *operation = operation_find(bar->operation);
	const json_t *run = table_run(object, bar->run_name);
	const char *level = channel_text(run, "level", "");
	struct measurement m;

	bar->why = channel_text(bar->row, "without", NULL);
	if (bar->why)
		return;
	bar->why = channel_text(run, "missing", run && operation ? NULL : "no such run");
	if (bar->why)
		return;
	m = measurement_find(json_object_get(run, "events"), level, operation);
	measure_parts(bar, &m, !strcmp(level, "L2"));
}

static struct bar bar_make(const json_t *object, const json_t *row)
{
	struct bar bar = {.row = row,
			  .name = channel_text(row, "bar", "?"),
			  .run_name = channel_text(row, "run", "?"),
			  .operation = channel_text(row, "operation", "n/a")};

	for (int part = 0; part < PART_TIMES; part++) {
		const json_t *value = json_object_get(row, part_names[part]);

		bar.published[part] = json_is_number(value);
		bar.theirs[part] = json_number_value(value);
	}
	measure_bar(&bar, object);
	return bar;
}

/* The bar of the same operation in the run that is the base of all others. */
static const json_t *base_of(const json_t *object, const struct bar *bar)
{
	const json_t *published = json_object_get(object, "published"), *row;
	const char *base = channel_text(published, "base", "");
	const char *series = channel_text(published, "base_by", "operation");
	const char *wanted = channel_text(bar->row, series, "");
	size_t i;

	if (!strcmp(bar->run_name, base))
		return NULL;
	json_array_foreach (json_object_get(published, "bars"), i, row)
		if (!strcmp(channel_text(row, "run", ""), base) &&
		    !strcmp(channel_text(row, series, ""), wanted))
			return row;
	return NULL;
}

static void add_times(struct bar *bar, const json_t *object)
{
	const json_t *row = base_of(object, bar);
	struct bar base;

	if (!row)
		return;
	base = bar_make(object, row);
	bar->published[PART_TIMES] = bar->published[PART_TOTAL] && base.theirs[PART_TOTAL] > 0;
	bar->measured[PART_TIMES] = bar->measured[PART_TOTAL] && base.ours[PART_TOTAL] > 0;
	if (bar->published[PART_TIMES])
		bar->theirs[PART_TIMES] = bar->theirs[PART_TOTAL] / base.theirs[PART_TOTAL];
	if (bar->measured[PART_TIMES])
		bar->ours[PART_TIMES] = bar->ours[PART_TOTAL] / base.ours[PART_TOTAL];
}

enum { BAR_CELLS = 10, BAR_CELLS_ON_A_PAGE = 9 }; /* a page leaves the source out */

/* Every part that they published or that we can work out, bar by bar. */
static void each_line(const json_t *object, cells_writer *write, void *to)
{
	const json_t *bars = json_object_get(json_object_get(object, "published"), "bars"), *row;
	size_t i;

	json_array_foreach (bars, i, row) {
		struct bar bar = bar_make(object, row);

		add_times(&bar, object);
		for (int part = 0; part < PARTS; part++) {
			struct cells_compared both =
				cells_compare(bar.published[part], bar.theirs[part],
					      bar.measured[part], bar.ours[part]);
			const char *const cells[BAR_CELLS] = {bar.name,
							      bar.run_name,
							      bar.operation,
							      part_names[part],
							      both.theirs,
							      both.ours,
							      both.difference,
							      both.percent,
							      bar.why ? bar.why : "",
							      channel_text(row, "source", "")};

			if (bar.published[part] || bar.measured[part])
				write(to, cells, BAR_CELLS);
		}
	}
}

bool bars_comparison(const struct result *result, const json_t *object)
{
	struct csv csv;

	if (!table_open(&csv, result, "comparison.csv",
			"bar,run,operation,part,published,measured,difference,difference_percent,"
			"without,source"))
		return false;
	each_line(object, cells_csv, &csv);
	return csv_close(&csv);
}

static void put_markdown(void *to, const char *const cells[], size_t count)
{
	(void)count;
	cells_markdown(to, cells, BAR_CELLS_ON_A_PAGE);
}

static const char *const heads[BAR_CELLS] = {"bar",       "run",      "operation",  "part",
					     "published", "measured", "difference", "%",
					     "without",   "source"};

static void put_table(FILE *page, const json_t *object)
{
	put_markdown(page, heads, BAR_CELLS);
	cells_markdown_rule(page, BAR_CELLS_ON_A_PAGE);
	each_line(object, put_markdown, page);
}

bool bars_page(const struct result *result, const json_t *object)
{
	static const struct page_part parts[] = {{"@COMPARISON@", put_table}, {NULL, NULL}};

	return page_write(result, object, parts);
}

static void put_data(FILE *file, const struct bar *bar)
{
	char text[32];

	fprintf(file, "%s", bar->name);
	for (int part = PART_TOTAL; part <= PART_SWITCH; part++) {
		cell_number(text, bar->published[part], "%.3f", bar->theirs[part]);
		fprintf(file, "\t%s", text);
	}
	for (int part = PART_TOTAL; part <= PART_SWITCH; part++) {
		cell_number(text, bar->measured[part], "%.3f", bar->ours[part]);
		fprintf(file, "\t%s", text);
	}
	fputc('\n', file);
}

bool bars_figure(const struct result *result, const json_t *object)
{
	const json_t *bars = json_object_get(json_object_get(object, "published"), "bars"), *row;
	char *path = result_file(result, "figure.dat");
	FILE *file = fopen(path, "we");
	const char *series = NULL;
	bool good = file != NULL;
	size_t i;

	free(path);
	if (!good)
		return false;
	fputs("# bar, published total L0 L1 switch, measured total L0 L1 switch\n", file);
	json_array_foreach (bars, i, row) {
		struct bar bar = bar_make(object, row);
		const char *next = channel_text(row, "series", "");

		if (series && strcmp(series, next))
			fputs("\n\n", file);
		series = next;
		put_data(file, &bar);
	}
	good = !ferror(file);
	return fclose(file) == 0 && good;
}

void bars_show(const json_t *object, FILE *out)
{
	static const int width[BAR_CELLS] = {-26, -16, 0, -14, 12, 12, 12, 8, -1, 0};
	struct cells_terminal terminal = {out, width};

	page_put_calibration(out, object);
	cells_terminal(&terminal, heads, BAR_CELLS);
	each_line(object, cells_terminal, &terminal);
}
