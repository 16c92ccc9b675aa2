// SPDX-License-Identifier: Apache-2.0
/* The same job alone and beside a neighbour. */
#include "tables/isolation.h"
#include "lib/cells.h"
#include "lib/channel.h"
#include "lib/csv.h"
#include "tables/measurement.h"
#include "tables/page.h"
#include "tables/tables.h"

#include <inttypes.h>
#include <string.h>

/* What is compared: of the guest's sample, of L0's counters, and the exits that these add up to. */
enum quantity { TICKS_MIN, TICKS_MAX, TICKS_SUM, ELAPSED, EXITS, QUANTITIES };

#define WHOLE_RUN "(whole run)"

struct numbers {
	uint64_t value[QUANTITIES];
	bool known[QUANTITIES];
};

static struct numbers numbers_of(const struct measurement *m)
{
	static const char *const keys[] = {
		[TICKS_MIN] = "ticks_min", [TICKS_MAX] = "ticks_max", [TICKS_SUM] = "ticks_sum"};
	struct numbers n = {0};
	struct ratio exits = {0};

	for (int q = TICKS_MIN; q <= TICKS_SUM; q++)
		n.known[q] = channel_number(m->sample, keys[q], &n.value[q]);
	n.known[ELAPSED] = channel_number(m->measure, "elapsed", &n.value[ELAPSED]);
	n.known[EXITS] = measurement_exits(m, &exits);
	n.value[EXITS] = exits.sum;
	return n;
}

/* From power-on to the end: what L0's stop line says. */
static struct numbers whole_run(const json_t *run)
{
	struct numbers n = {0};
	const json_t *event;
	size_t i;

	json_array_foreach (json_object_get(run, "events"), i, event)
		if (!strcmp(channel_text(event, "t", ""), "stop"))
			n.known[ELAPSED] = channel_number(event, "elapsed", &n.value[ELAPSED]);
	return n;
}

static struct numbers find(const json_t *run, const struct operation *operation)
{
	struct measurement m;

	if (!operation)
		return whole_run(run);
	m = measurement_find(json_object_get(run, "events"), channel_text(run, "level", ""),
			     operation);
	return numbers_of(&m);
}

static bool any_known(const struct numbers *n)
{
	for (int q = 0; q < QUANTITIES; q++)
		if (n->known[q])
			return true;
	return false;
}

/* The run of the same level without a neighbour; NULL for that run itself. */
static const json_t *alone(const json_t *object, const json_t *run)
{
	const json_t *other;
	size_t i;

	if (!json_object_get(run, "neighbour"))
		return NULL;
	json_array_foreach (json_object_get(object, "runs"), i, other)
		if (!json_object_get(other, "neighbour") &&
		    !strcmp(channel_text(other, "level", ""), channel_text(run, "level", "?")))
			return other;
	return NULL;
}

/* One operation of a run and of the same alone; @operation is NULL for the whole run. */
typedef void visitor(void *to, const json_t *run, const struct operation *operation,
		     const struct numbers *beside, const struct numbers *before);

static void visit_one(const json_t *object, const json_t *run, const struct operation *operation,
		      visitor *visit, void *to)
{
	struct numbers beside = find(run, operation), before = find(alone(object, run), operation);

	if (any_known(&beside))
		visit(to, run, operation, &beside, &before);
}

static void each_operation(const json_t *object, const json_t *run, visitor *visit, void *to)
{
	for (size_t i = 0; i < operation_count; i++)
		if (operation_chosen(run, &operations[i]))
			visit_one(object, run, &operations[i], visit, to);
	visit_one(object, run, NULL, visit, to);
}

static int64_t more(const struct numbers *beside, const struct numbers *before, int q)
{
	return (int64_t)(beside->value[q] - before->value[q]);
}

static void write_row(void *to, const json_t *run, const struct operation *operation,
		      const struct numbers *beside, const struct numbers *before)
{
	const char *cells[3 + 2 * QUANTITIES];
	char text[2 * QUANTITIES][32];

	cells[0] = channel_text(run, "name", "n/a");
	cells[1] = channel_text(run, "level", "n/a");
	cells[2] = operation ? operation->name : WHOLE_RUN;
	for (int q = 0; q < QUANTITIES; q++) {
		bool both = beside->known[q] && before->known[q];

		snprintf(text[q], sizeof(text[q]), beside->known[q] ? "%" PRIu64 : "n/a",
			 beside->value[q]);
		snprintf(text[QUANTITIES + q], sizeof(text[0]), both ? "%" PRId64 : "n/a",
			 more(beside, before, q));
		cells[3 + q] = text[q];
		cells[3 + QUANTITIES + q] = text[QUANTITIES + q];
	}
	cells_csv(to, cells, sizeof(cells) / sizeof(cells[0]));
}

/* What a neighbour cost, over all operations. */
struct cost {
	unsigned int compared, same;
	int64_t most; /* the greatest difference of an operation's ticks, by its size */
	const char *where;
	bool whole_known;
	int64_t whole;
};

static int64_t size_of(int64_t difference)
{
	return difference < 0 ? -difference : difference;
}

static void add_cost(void *to, const json_t *run, const struct operation *operation,
		     const struct numbers *beside, const struct numbers *before)
{
	struct cost *cost = to;
	bool same = true;

	(void)run;
	if (!operation) {
		cost->whole_known = beside->known[ELAPSED] && before->known[ELAPSED];
		cost->whole = more(beside, before, ELAPSED);
		return;
	}
	for (int q = 0; q < QUANTITIES; q++) {
		int64_t difference = more(beside, before, q);

		same = same && beside->known[q] == before->known[q] && !difference;
		if (q == EXITS || size_of(difference) <= size_of(cost->most))
			continue;
		cost->most = difference;
		cost->where = operation->name;
	}
	cost->compared++;
	cost->same += same;
}

/* What L0 counted of the neighbour itself, where it set marks, and how it ended. */
struct deeds {
	uint64_t measurements, exits;
	const char *ended;
};

static struct deeds deeds_of(const json_t *run)
{
	struct deeds deeds = {.ended = "it still ran"};
	const json_t *event;
	size_t i;

	json_array_foreach (json_object_get(run, "neighbour_events"), i, event) {
		struct measurement m = {.measure = event};
		struct ratio exits = {0};

		if (!strcmp(channel_text(event, "t", ""), "stop"))
			deeds.ended = channel_text(event, "why", "n/a");
		if (strcmp(channel_text(event, "t", ""), "measure") != 0)
			continue;
		deeds.measurements++;
		if (measurement_exits(&m, &exits))
			deeds.exits += exits.sum;
	}
	return deeds;
}

enum { SUMMARY_CELLS = 10 };

static const char summary_header[] = "neighbour,level,operations,same_to_the_tick,most_more_ticks,"
				     "operation,whole_run_more_ticks,neighbour_storms,"
				     "neighbour_exits,neighbour_ended";

static void put_summary(const json_t *object, const json_t *run, cells_writer *write, void *to)
{
	struct cost cost = {.where = "none"};
	struct deeds deeds = deeds_of(run);
	char text[6][32];
	const char *cells[SUMMARY_CELLS] = {channel_text(run, "name", "n/a"),
					    channel_text(run, "level", "n/a"),
					    text[0],
					    text[1],
					    text[2],
					    NULL,
					    text[3],
					    text[4],
					    text[5],
					    deeds.ended};

	each_operation(object, run, add_cost, &cost);
	snprintf(text[0], sizeof(text[0]), "%u", cost.compared);
	snprintf(text[1], sizeof(text[1]), "%u", cost.same);
	snprintf(text[2], sizeof(text[2]), "%" PRId64, cost.most);
	cells[5] = cost.where;
	snprintf(text[3], sizeof(text[3]), cost.whole_known ? "%" PRId64 : "n/a", cost.whole);
	snprintf(text[4], sizeof(text[4]), "%" PRIu64, deeds.measurements);
	snprintf(text[5], sizeof(text[5]), "%" PRIu64, deeds.exits);
	write(to, cells, SUMMARY_CELLS);
}

static void put_summaries(const json_t *object, cells_writer *write, void *to)
{
	const json_t *run;
	size_t i;

	json_array_foreach (json_object_get(object, "runs"), i, run)
		if (alone(object, run))
			put_summary(object, run, write, to);
}

static bool write_operations(const struct result *result, const json_t *object)
{
	const json_t *run;
	struct csv csv;
	size_t i;

	if (!table_open(&csv, result, "isolation.csv",
			"neighbour,level,operation,ticks_min,ticks_max,ticks_sum,elapsed,exits,"
			"more_ticks_min,more_ticks_max,more_ticks_sum,more_elapsed,more_exits"))
		return false;
	json_array_foreach (json_object_get(object, "runs"), i, run)
		each_operation(object, run, write_row, &csv);
	return csv_close(&csv);
}

static bool write_summaries(const struct result *result, const json_t *object)
{
	struct csv csv;

	if (!table_open(&csv, result, "neighbours.csv", summary_header))
		return false;
	put_summaries(object, cells_csv, &csv);
	return csv_close(&csv);
}

static const char *const heads[SUMMARY_CELLS] = {"neighbour", "level",   "operations", "the same",
						 "most more", "in",      "whole run",  "storms",
						 "exits",     "ended by"};

static void put_page_table(FILE *page, const json_t *object)
{
	cells_markdown(page, heads, SUMMARY_CELLS);
	cells_markdown_rule(page, SUMMARY_CELLS);
	put_summaries(object, cells_markdown, page);
}

bool isolation_tables(const struct result *result, const json_t *object)
{
	static const struct page_part parts[] = {
		{"@NEIGHBOURS@", put_page_table},
		{NULL, NULL},
	};

	return write_operations(result, object) && write_summaries(result, object) &&
	       page_write(result, object, parts);
}

void isolation_show(const json_t *object, FILE *out)
{
	static const int widths[SUMMARY_CELLS] = {-18, 6, 11, 9, 10, 12, 10, 7, 10, 14};
	struct cells_terminal terminal = {out, widths};

	cells_terminal(&terminal, heads, SUMMARY_CELLS);
	put_summaries(object, cells_terminal, &terminal);
	fprintf(out, "operations: of the machine under test, and how many of them took the same "
		     "ticks and "
		     "exits as alone, each sample and all;\nmost more: the greatest difference in "
		     "ticks; "
		     "storms, exits: the neighbour's, where it marks them\n");
}
