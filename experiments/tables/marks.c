// SPDX-License-Identifier: Apache-2.0
/* Measurements by marker, whoever set the marks. */
#include "tables/marks.h"
#include "lib/cells.h"
#include "lib/channel.h"
#include "lib/csv.h"
#include "tables/measurement.h"
#include "tables/tables.h"

#include <inttypes.h>
#include <string.h>

static const char *const level_keys[] = {"l0", "l1", "l2"};

enum {
	MARK_RUN,
	MARK_MARKER,
	MARK_NAME,
	MARK_LEVEL,
	MARK_VMCS12,
	MARK_ITERATIONS,
	MARK_EXITS,
	MARK_TICKS,
	MARK_IN, /* a cell for each of level_keys */
	MARK_CHARGED = MARK_IN + sizeof(level_keys) / sizeof(level_keys[0]),
	MARK_MEAN,
	MARK_MAX,
	MARK_CELLS,
};

static const char header[] = "run,marker,name,level,vmcs12,iterations,exits_per_op,ticks_per_op,"
			     "ticks_in_l0,ticks_in_l1,ticks_in_l2,ticks_charged,"
			     "multiplication_mean,multiplication_max";

/* The texts of one row; cells point into them. */
struct mark {
	const char *cell[MARK_CELLS];
	char text[MARK_CELLS][32];
};

typedef void mark_visitor(void *to, const char *run, const json_t *object, const json_t *events,
			  const json_t *measure);

static void each_mark(const json_t *object, mark_visitor *visit, void *to)
{
	const json_t *run, *event, *events;
	size_t r, i;

	json_array_foreach (json_object_get(object, "runs"), r, run) {
		const char *name = channel_text(run, "name", channel_text(run, "level", "n/a"));

		events = json_object_get(run, "events");
		json_array_foreach (events, i, event)
			if (!strcmp(channel_text(event, "t", ""), "measure"))
				visit(to, name, object, events, event);
	}
}

size_t marks_count(const json_t *events)
{
	const json_t *event;
	size_t i, count = 0;

	json_array_foreach (events, i, event)
		count += !strcmp(channel_text(event, "t", ""), "measure");
	return count;
}

static void put_number(char text[32], const json_t *object, const char *name)
{
	uint64_t number;

	if (channel_number(object, name, &number))
		snprintf(text, 32, "%" PRIu64, number);
	else
		snprintf(text, 32, "n/a");
}

/* The sum @name of @holder for one iteration of @measure. */
static void put_per_iteration(char text[32], const json_t *measure, const json_t *holder,
			      const char *name)
{
	uint64_t sum = 0, iterations = 0;
	bool known = channel_number(holder, name, &sum) &&
		     channel_number(measure, "iterations", &iterations);

	ratio_text(text, sum, known ? iterations : 0);
}

/* What the definition calls the marker, else what the guest that set it does. */
static const char *name_of(const json_t *object, const json_t *events, const json_t *measure)
{
	const json_t *event;
	uint64_t id = 0, other;
	char marker[32];
	size_t i;

	put_number(marker, measure, "id");
	channel_number(measure, "id", &id);
	json_array_foreach (events, i, event)
		if (!strcmp(channel_text(event, "t", ""), "sample") &&
		    channel_number(event, "id", &other) && other == id)
			return channel_text(json_object_get(object, "markers"), marker,
					    channel_text(event, "operation", "n/a"));
	return channel_text(json_object_get(object, "markers"), marker, "n/a");
}

static void put_multiplication(struct mark *mark, const struct measurement *m)
{
	struct ratio mean = {0};
	uint64_t greatest = 0;
	bool known = measurement_multiplication(m, &mean, &greatest);

	ratio_text(mark->text[MARK_MEAN], mean.sum, known ? mean.count : 0);
	snprintf(mark->text[MARK_MAX], 32, known ? "%" PRIu64 : "n/a", greatest);
}

static void fill(struct mark *mark, const char *run, const json_t *object, const json_t *events,
		 const json_t *measure)
{
	struct measurement m = {.measure = measure};
	struct ratio exits = {0};
	uint64_t level;

	for (size_t i = 0; i < MARK_CELLS; i++)
		mark->cell[i] = mark->text[i];
	mark->cell[MARK_RUN] = run;
	put_number(mark->text[MARK_MARKER], measure, "id");
	mark->cell[MARK_NAME] = name_of(object, events, measure);
	if (channel_number(measure, "level", &level))
		snprintf(mark->text[MARK_LEVEL], 32, "L%" PRIu64, level);
	else
		mark->cell[MARK_LEVEL] = "n/a";
	put_number(mark->text[MARK_VMCS12], measure, "vmcs12");
	put_number(mark->text[MARK_ITERATIONS], measure, "iterations");
	if (!measurement_exits(&m, &exits))
		exits.count = 0;
	ratio_text(mark->text[MARK_EXITS], exits.sum, exits.count);
	put_per_iteration(mark->text[MARK_TICKS], measure, measure, "elapsed");
	for (size_t i = 0; i < sizeof(level_keys) / sizeof(level_keys[0]); i++)
		put_per_iteration(mark->text[MARK_IN + i], measure,
				  json_object_get(measure, "ticks"), level_keys[i]);
	put_per_iteration(mark->text[MARK_CHARGED], measure, measure, "charged");
	put_multiplication(mark, &m);
}

static void write_mark(void *to, const char *run, const json_t *object, const json_t *events,
		       const json_t *measure)
{
	struct mark mark;

	fill(&mark, run, object, events, measure);
	cells_csv(to, mark.cell, MARK_CELLS);
}

static void write_exits(void *to, const char *run, const json_t *object, const json_t *events,
			const json_t *measure)
{
	struct mark mark;
	const json_t *row;
	size_t i;

	fill(&mark, run, object, events, measure);
	json_array_foreach (json_object_get(measure, "exits"), i, row) {
		char text[6][32];
		const char *cells[] = {run,
				       mark.cell[MARK_MARKER],
				       mark.cell[MARK_NAME],
				       mark.cell[MARK_LEVEL],
				       text[0],
				       text[1],
				       channel_text(row, "reason", "n/a"),
				       text[2],
				       text[3],
				       text[4],
				       text[5]};

		put_number(text[0], row, "level");
		put_number(text[1], row, "vmcs12");
		put_number(text[2], row, "count");
		put_per_iteration(text[3], measure, row, "count");
		put_number(text[4], row, "ticks");
		put_per_iteration(text[5], measure, row, "ticks");
		cells_csv(to, cells, sizeof(cells) / sizeof(cells[0]));
	}
}

static bool write_table(const struct result *result, const json_t *object, const char *name,
			const char *head, mark_visitor *visit)
{
	struct csv csv;

	if (!table_open(&csv, result, name, head))
		return false;
	each_mark(object, visit, &csv);
	return csv_close(&csv);
}

bool marks_tables(const struct result *result, const json_t *object)
{
	return write_table(result, object, "measurements.csv", header, write_mark) &&
	       write_table(result, object, "marker-exits.csv",
			   "run,marker,name,level,exit_level,vmcs12,reason,count,count_per_op,"
			   "ticks,ticks_per_op",
			   write_exits);
}

/* The run and what the cost model charged are for the file alone. */
static const int widths[MARK_CELLS] = {0, 6, 12, 5, 6, 10, 9, 12, 11, 11, 11, 0, 8, 5};

static void show_mark(void *to, const char *run, const json_t *object, const json_t *events,
		      const json_t *measure)
{
	struct cells_terminal terminal = {to, widths};
	struct measurement m = {.measure = measure};
	struct mark mark;

	fill(&mark, run, object, events, measure);
	cells_terminal(&terminal, mark.cell, MARK_CELLS);
	if (!json_array_size(json_object_get(measure, "exits")))
		return;
	fprintf(to, "       ");
	table_show_reasons(to, &m);
	fputc('\n', to);
}

void marks_show(const json_t *object, FILE *out)
{
	static const char *const heads[MARK_CELLS] = {
		"",      "marker", "name",  "level", "vmcs12", "iterations", "exits",
		"ticks", "in L0",  "in L1", "in L2", "",       "mult.",      "max"};
	struct cells_terminal terminal = {out, widths};

	cells_terminal(&terminal, heads, MARK_CELLS);
	each_mark(object, show_mark, out);
	fprintf(out,
		"exits and ticks are for one iteration; mult.: exits for one exit of L2; below "
		"each: its exits by reason (L1's, and L2: its own)\n");
}
