// SPDX-License-Identifier: Apache-2.0
#include "tables/tables.h"
#include "lib/channel.h"
#include "lib/csv.h"
#include "tables/measurement.h"

#include <stdlib.h>
#include <string.h>

bool table_open(struct csv *csv, const struct result *result, const char *name, const char *header)
{
	char *path = result_file(result, name);
	bool good = csv_open(csv, path, header);

	free(path);
	return good;
}

static void put_ratio(struct csv *csv, bool known, const struct ratio *ratio)
{
	csv_ratio(csv, ratio->sum, known ? ratio->count : 0);
}

static void put_count(struct csv *csv, bool known, uint64_t value)
{
	if (known)
		csv_count(csv, value);
	else
		csv_unknown(csv);
}

const json_t *table_run(const json_t *object, const char *name)
{
	static const char *const keys[] = {"name", "level"};
	const json_t *run;
	size_t i;

	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
		json_array_foreach (json_object_get(object, "runs"), i, run)
			if (!strcmp(channel_text(run, keys[k], ""), name) &&
			    strcmp(channel_text(run, "l0", ""),
				   channel_text(object, "peer", "none yet")))
				return run;
	return NULL;
}

static void put_operation(struct csv *csv, const json_t *run, const struct operation *operation)
{
	static const char *const levels[] = {"l0", "l1", "l2"};
	const char *level = channel_text(run, "level", "");
	struct measurement m = measurement_find(json_object_get(run, "events"), level, operation);
	struct ratio ratio = {0};
	uint64_t number = 0;
	bool known;

	csv_text(csv, channel_text(run, "l0", "n/a"));
	csv_text(csv, level);
	csv_text(csv, operation->name);
	csv_text(csv, channel_text(run, "vmcs", "n/a"));
	csv_text(csv, channel_text(run, "mmu", "n/a"));
	csv_text(csv, channel_text(run, "vcpus", "1"));
	known = measurement_exits(&m, &ratio);
	put_ratio(csv, known, &ratio);
	known = measurement_minimum(&m, &number);
	put_count(csv, known, number);
	known = measurement_mean(&m, &ratio);
	put_ratio(csv, known, &ratio);
	for (size_t i = 0; i < 3; i++) {
		known = measurement_ticks_in(&m, levels[i], &ratio);
		put_ratio(csv, known, &ratio);
	}
	known = measurement_multiplication(&m, &ratio, &number);
	put_ratio(csv, known, &ratio);
	put_count(csv, known, number);
	csv_text(csv, channel_text(run, "interrupts", "n/a"));
	csv_end_row(csv);
}

bool table_operations(const struct result *result, const json_t *object)
{
	const json_t *run;
	struct csv csv;
	size_t i;

	if (!table_open(&csv, result, "operations.csv",
			"l0,level,operation,vmcs,mmu,vcpus,exits_per_op,ticks_min,ticks_mean,ticks_"
			"in_l0,"
			"ticks_in_l1,ticks_in_l2,multiplication_mean,multiplication_max,"
			"interrupts"))
		return false;
	json_array_foreach (json_object_get(object, "runs"), i, run)
		for (size_t o = 0; o < operation_count; o++)
			if (operation_chosen(run, &operations[o]))
				put_operation(&csv, run, &operations[o]);
	return csv_close(&csv);
}

static void put_charged(struct csv *csv, const json_t *run, const struct operation *operation)
{
	const char *level = channel_text(run, "level", "");
	struct measurement m = measurement_find(json_object_get(run, "events"), level, operation);
	struct ratio ratio = {0};
	bool known;

	csv_text(csv, channel_text(run, "name", level));
	csv_text(csv, level);
	csv_text(csv, operation->name);
	known = measurement_exits(&m, &ratio);
	put_ratio(csv, known, &ratio);
	known = measurement_charged(&m, &ratio);
	put_ratio(csv, known, &ratio);
	csv_end_row(csv);
}

bool table_charged(const struct result *result, const json_t *object)
{
	const json_t *run;
	struct csv csv;
	bool named = false;
	size_t i;

	json_array_foreach (json_object_get(object, "runs"), i, run)
		named |= json_object_get(run, "name") != NULL;
	if (!named)
		return true;
	if (!table_open(&csv, result, "charged.csv",
			"run,level,operation,exits_per_op,ticks_charged"))
		return false;
	json_array_foreach (json_object_get(object, "runs"), i, run)
		for (size_t o = 0; o < operation_count; o++)
			if (operation_chosen(run, &operations[o]))
				put_charged(&csv, run, &operations[o]);
	return csv_close(&csv);
}

static void put_exit(struct csv *csv, const json_t *run, const struct measurement *m,
		     const json_t *row)
{
	uint64_t iterations = 0, number = 0, ticks = 0;
	bool known;

	channel_number(m->measure, "iterations", &iterations);
	csv_text(csv, channel_text(run, "l0", "n/a"));
	csv_text(csv, channel_text(run, "level", "n/a"));
	csv_text(csv, m->operation->name);
	csv_text(csv, channel_text(run, "vmcs", "n/a"));
	csv_text(csv, channel_text(run, "mmu", "n/a"));
	csv_text(csv, channel_text(run, "vcpus", "1"));
	known = channel_number(row, "level", &number);
	put_count(csv, known, number);
	known = channel_number(row, "vmcs12", &number);
	put_count(csv, known, number);
	csv_text(csv, channel_text(row, "reason", "n/a"));
	known = channel_number(row, "count", &number);
	put_count(csv, known, number);
	put_ratio(csv, known, &(struct ratio){number, iterations});
	/* Only our own L0 tells what an exit cost. */
	known = channel_number(row, "ticks", &ticks);
	put_count(csv, known, ticks);
	put_ratio(csv, known, &(struct ratio){ticks, iterations});
	csv_text(csv, channel_text(run, "interrupts", "n/a"));
	csv_end_row(csv);
}

static void put_exits(struct csv *csv, const json_t *run)
{
	const char *level = channel_text(run, "level", "");
	const json_t *row;
	size_t i;

	for (size_t o = 0; o < operation_count; o++) {
		struct measurement m =
			measurement_find(json_object_get(run, "events"), level, &operations[o]);

		json_array_foreach (json_object_get(m.measure, "exits"), i, row)
			put_exit(csv, run, &m, row);
	}
}

bool table_exits(const struct result *result, const json_t *object)
{
	const json_t *run;
	struct csv csv;
	size_t i;

	if (!table_open(&csv, result, "exits.csv",
			"l0,level,operation,vmcs,mmu,vcpus,exit_level,vmcs12,reason,count,count_"
			"per_op,ticks,"
			"ticks_per_op,interrupts"))
		return false;
	json_array_foreach (json_object_get(object, "runs"), i, run)
		put_exits(&csv, run);
	return csv_close(&csv);
}
