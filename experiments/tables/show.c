// SPDX-License-Identifier: Apache-2.0
/* What people look at: the table on the terminal, and the data of the figure. */
#include "lib/channel.h"
#include "lib/csv.h"
#include "tables/histogram.h"
#include "tables/measurement.h"
#include "tables/tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct measurement measurement_at(const json_t *object, const char *level,
					 const struct operation *operation)
{
	const json_t *run = table_run(object, level);

	return measurement_find(json_object_get(run, "events"), level, operation);
}

/* The published number of exits of an operation in L2, or NULL. */
static const json_t *published_exits(const json_t *object, const char *operation)
{
	const json_t *values = json_object_get(json_object_get(object, "published"), "values"),
		     *row;
	size_t i;

	json_array_foreach (values, i, row)
		if (!strcmp(channel_text(row, "operation", ""), operation) &&
		    !strcmp(channel_text(row, "quantity", ""), "exits_per_op"))
			return json_object_get(row, "value");
	return NULL;
}

/* The ratio by its address: it is filled while the arguments are evaluated, in whatever order. */
static void ratio_or_unknown(char text[32], bool known, const struct ratio *ratio)
{
	ratio_text(text, ratio->sum, known ? ratio->count : 0);
}

static void figure_row(FILE *file, const json_t *object, const struct operation *operation)
{
	static const char *const levels[] = {"l0", "l1", "l2"};
	struct measurement m1 = measurement_at(object, "L1", operation);
	struct measurement m2 = measurement_at(object, "L2", operation);
	const json_t *published = published_exits(object, operation->name);
	struct ratio ratio;
	char text[32];

	fprintf(file, "%s", operation->name);
	ratio_or_unknown(text, measurement_exits(&m1, &ratio), &ratio);
	fprintf(file, "\t%s", text);
	ratio_or_unknown(text, measurement_exits(&m2, &ratio), &ratio);
	fprintf(file, "\t%s", text);
	if (published)
		fprintf(file, "\t%g", json_number_value(published));
	else
		fprintf(file, "\tn/a");
	for (size_t i = 0; i < 3; i++) {
		ratio_or_unknown(text,
				 measurement_ticks_in(&m2, levels[i], &ratio) &&
					 !measurement_waits(operation),
				 &ratio);
		fprintf(file, "\t%s", text);
	}
	fputc('\n', file);
}

bool table_figure(const struct result *result, const json_t *object)
{
	char *path = result_file(result, "figure.dat");
	FILE *file = fopen(path, "we");
	bool good = file != NULL;

	free(path);
	if (!good)
		return false;
	fprintf(file,
		"# operation exits_L1 exits_L2 published_exits_L2 ticks_L0 ticks_L1 ticks_L2\n");
	for (size_t i = 0; i < operation_count; i++)
		if (operation_chosen(object, &operations[i]))
			figure_row(file, object, &operations[i]);
	good = !ferror(file);
	return fclose(file) == 0 && good;
}

static void show_level(FILE *out, const struct measurement *m)
{
	struct ratio ratio;
	uint64_t ticks;
	char exits[32], least[32] = "n/a";

	ratio_or_unknown(exits, measurement_exits(m, &ratio), &ratio);
	if (measurement_minimum(m, &ticks))
		snprintf(least, sizeof(least), "%" PRIu64, ticks);
	fprintf(out, " %9s %9s", exits, least);
}

static void show_split(FILE *out, const struct measurement *m)
{
	static const char *const levels[] = {"l0", "l1", "l2"};
	struct ratio ratio;
	char text[32];

	for (size_t i = 0; i < 3; i++) {
		ratio_or_unknown(text, measurement_ticks_in(m, levels[i], &ratio), &ratio);
		fprintf(out, " %11s", text);
	}
}

static void show_operations(const json_t *object, FILE *out)
{
	fprintf(out, "%-11s %9s %19s %19s %35s %9s\n", "", "bare", "----- L1 -----",
		"----- L2 -----", "- ticks per operation in L2 -", "Turtles");
	fprintf(out, "%-11s %9s %9s %9s %9s %9s %11s %11s %11s %9s\n", "operation", "ticks",
		"exits", "ticks", "exits", "ticks", "in L0", "in L1", "in L2", "exits");
	for (size_t i = 0; i < operation_count; i++) {
		struct measurement bare = measurement_at(object, "bare", &operations[i]);
		struct measurement m1 = measurement_at(object, "L1", &operations[i]);
		struct measurement m2 = measurement_at(object, "L2", &operations[i]);
		const json_t *published = published_exits(object, operations[i].name);
		char least[32] = "n/a", theirs[32] = "";
		uint64_t ticks;

		if (!operation_chosen(object, &operations[i]))
			continue;
		if (measurement_minimum(&bare, &ticks))
			snprintf(least, sizeof(least), "%" PRIu64, ticks);
		if (published)
			snprintf(theirs, sizeof(theirs), "%g", json_number_value(published));
		fprintf(out, "%-11s %9s", operations[i].name, least);
		show_level(out, &m1);
		show_level(out, &m2);
		show_split(out, &m2);
		fprintf(out, " %9s\n", theirs);
	}
	fprintf(out, "ticks: the cheapest sample that the guest saw; 1 tick = 1 instruction\n");
}

static void show_percentile(FILE *out, const json_t *histogram, unsigned int percent)
{
	uint64_t value;

	if (histogram_percentile(histogram, HISTOGRAM_EXACT, percent, &value))
		fprintf(out, " %5" PRIu64, value);
	else
		fprintf(out, " %5s", "n/a");
}

void table_show_reasons(FILE *out, const struct measurement *m)
{
	const json_t *row;
	uint64_t count, iterations, level = 0;
	size_t i;

	if (!channel_number(m->measure, "iterations", &iterations))
		return;
	json_array_foreach (json_object_get(m->measure, "exits"), i, row) {
		channel_number(row, "level", &level);
		if (channel_number(row, "count", &count) && count * 10 >= iterations)
			fprintf(out, " %s%s %.*f", level == 2 ? "L2:" : "",
				channel_text(row, "reason", "?"), iterations > 1,
				(double)count / (double)iterations);
	}
}

/* From one exit of L2 to its next entry: how many exits, and of what kind. */
static void show_multiplication(const json_t *object, FILE *out)
{
	fprintf(out, "\n%-11s %28s\n", "", "-- exits for one L2 exit --");
	fprintf(out, "%-11s %9s %5s %5s %5s   %s\n", "operation", "mean", "p50", "p99", "max",
		"exits per operation in L2, by reason (L1's, and L2: its own)");
	for (size_t i = 0; i < operation_count; i++) {
		struct measurement m = measurement_at(object, "L2", &operations[i]);
		const json_t *chains = json_object_get(m.measure, "multiplication");
		struct ratio ratio = {0};
		uint64_t greatest = 0;
		char mean[32];

		if (!measurement_multiplication(&m, &ratio, &greatest))
			continue;
		ratio_text(mean, ratio.sum, ratio.count);
		fprintf(out, "%-11s %9s", operations[i].name, mean);
		show_percentile(out, json_object_get(chains, "hist"), 50);
		show_percentile(out, json_object_get(chains, "hist"), 99);
		fprintf(out, " %5" PRIu64 "  ", greatest);
		table_show_reasons(out, &m);
		fputc('\n', out);
	}
}

void table_show(const json_t *object, FILE *out)
{
	show_operations(object, out);
	show_multiplication(object, out);
}
