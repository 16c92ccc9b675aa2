// SPDX-License-Identifier: Apache-2.0
#include "bars.h"
#include "channel.h"
#include "complain.h"
#include "csv.h"
#include "measurement.h"
#include "paths.h"
#include "scratch.h"
#include "tables.h"

#include <inttypes.h>
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

static const json_t *run_named(const json_t *object, const char *name)
{
	const json_t *run;
	size_t i;

	json_array_foreach (json_object_get(object, "runs"), i, run)
		if (!strcmp(channel_text(run, "name", ""), name))
			return run;
	return NULL;
}

static const struct operation *operation_of(const char *name)
{
	for (size_t i = 0; i < operation_count; i++)
		if (!strcmp(operations[i].name, name))
			return &operations[i];
	return NULL;
}

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
	const struct operation *operation = operation_of(bar->operation);
	const json_t *run = run_named(object, bar->run_name);
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

/* Numbers as text: n/a where one is not known. */
struct line {
	char theirs[32], ours[32], difference[32], percent[32];
};

static void put_number(char text[32], bool known, const char *format, double value)
{
	if (known)
		snprintf(text, 32, format, value);
	else
		snprintf(text, 32, "n/a");
}

static struct line line_of(const struct bar *bar, enum part part)
{
	bool both = bar->published[part] && bar->measured[part];
	double theirs = bar->theirs[part], ours = bar->ours[part];
	struct line line;

	put_number(line.theirs, bar->published[part], "%.3f", theirs);
	put_number(line.ours, bar->measured[part], "%.3f", ours);
	put_number(line.difference, both, "%+.3f", ours - theirs);
	put_number(line.percent, both && theirs > 0, "%+.1f", (ours / theirs - 1) * 100);
	return line;
}

typedef void line_writer(void *to, const struct bar *bar, enum part part, const struct line *line);

/* Every part that they published or that we can work out, bar by bar. */
static void each_line(const json_t *object, line_writer *write, void *to)
{
	const json_t *bars = json_object_get(json_object_get(object, "published"), "bars"), *row;
	size_t i;

	json_array_foreach (bars, i, row) {
		struct bar bar = bar_make(object, row);

		add_times(&bar, object);
		for (int part = 0; part < PARTS; part++) {
			struct line line = line_of(&bar, (enum part)part);

			if (bar.published[part] || bar.measured[part])
				write(to, &bar, (enum part)part, &line);
		}
	}
}

static void put_csv(void *to, const struct bar *bar, enum part part, const struct line *line)
{
	const char *const cells[] = {bar->name,
				     bar->run_name,
				     bar->operation,
				     part_names[part],
				     line->theirs,
				     line->ours,
				     line->difference,
				     line->percent,
				     bar->why ? bar->why : "",
				     channel_text(bar->row, "source", "")};

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		csv_text(to, cells[i]);
	csv_end_row(to);
}

bool bars_comparison(const struct result *result, const json_t *object)
{
	struct csv csv;

	if (!table_open(&csv, result, "comparison.csv",
			"bar,run,operation,part,published,measured,difference,difference_percent,"
			"without,source"))
		return false;
	each_line(object, put_csv, &csv);
	return csv_close(&csv);
}

static void put_markdown(void *to, const struct bar *bar, enum part part, const struct line *line)
{
	fprintf(to, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", bar->name, bar->run_name,
		bar->operation, part_names[part], line->theirs, line->ours, line->difference,
		line->percent, bar->why ? bar->why : "");
}

static void put_table(FILE *page, const json_t *object)
{
	fputs("| bar | run | operation | part | published | measured | difference | % | without |\n"
	      "|---|---|---|---|---|---|---|---|---|\n",
	      page);
	each_line(object, put_markdown, page);
}

static void put_calibration(FILE *page, const json_t *object)
{
	const json_t *calibration = json_object_get(object, "calibration");
	uint64_t ticks = 0;

	channel_number(calibration, "ticks_per_exit", &ticks);
	fprintf(page, "`charge=%s`: %" PRIu64 " ticks for each exit. %s\n",
		channel_text(calibration, "name", "none"), ticks,
		channel_text(calibration, "source", "No cost model."));
}

bool bars_page(const struct result *result, const json_t *object)
{
	const char *name = channel_text(object, "experiment", "");
	char *source = text_format("%s/experiments/pages/%s.md", tree_top(), name);
	char *target = text_format("%s/%s.md", result->work, name);
	char *text = file_read(source), *rest = text;
	FILE *page = text ? fopen(target, "we") : NULL;
	bool good = page != NULL;

	/* Two lines of the source stand for what only the run knows. */
	for (char *line; good && (line = strsep(&rest, "\n"));) {
		if (!strcmp(line, "@COMPARISON@"))
			put_table(page, object);
		else if (!strcmp(line, "@CALIBRATION@"))
			put_calibration(page, object);
		else
			fprintf(page, "%s%s", line, rest ? "\n" : "");
	}
	good = good && !ferror(page);
	if (page)
		good = fclose(page) == 0 && good;
	free(text);
	free(target);
	free(source);
	return good;
}

static void put_data(FILE *file, const struct bar *bar)
{
	char text[32];

	fprintf(file, "%s", bar->name);
	for (int part = PART_TOTAL; part <= PART_SWITCH; part++) {
		put_number(text, bar->published[part], "%.3f", bar->theirs[part]);
		fprintf(file, "\t%s", text);
	}
	for (int part = PART_TOTAL; part <= PART_SWITCH; part++) {
		put_number(text, bar->measured[part], "%.3f", bar->ours[part]);
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

static void put_terminal(void *to, const struct bar *bar, enum part part, const struct line *line)
{
	fprintf(to, "%-26s %-16s %-14s %12s %12s %12s %8s  %s\n", bar->name, bar->run_name,
		part_names[part], line->theirs, line->ours, line->difference, line->percent,
		bar->why ? bar->why : "");
}

void bars_show(const json_t *object, FILE *out)
{
	put_calibration(out, object);
	fprintf(out, "%-26s %-16s %-14s %12s %12s %12s %8s  %s\n", "bar", "run", "part",
		"published", "measured", "difference", "%", "without");
	each_line(object, put_terminal, out);
}
