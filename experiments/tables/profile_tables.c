// SPDX-License-Identifier: Apache-2.0
/* The profile as tables and as data of its figure. */
#include "lib/channel.h"
#include "lib/csv.h"
#include "tables/measurement.h"
#include "tables/profile.h"
#include "tables/tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FIGURE_UNITS 15 /* source files with a colour of their own */
#define SHOWN        12 /* functions of a kind on the terminal */

/* A kind of exits of one operation of a run, and what the counters say of it. */
struct kind {
	const json_t *run, *event;
	const struct operation *operation;
	const char *vmcs, *mmu, *reason;
	uint64_t level, exits, iterations, stub, ticks; /* with the stub's */
};

typedef void kind_writer(void *to, const json_t *object, const struct kind *kind);

static bool is_profile(const json_t *event)
{
	return !strcmp(channel_text(event, "t", ""), "profile");
}

bool profile_present(const json_t *object)
{
	return channel_any(object, "profile");
}

static uint64_t number_of(const json_t *object, const char *name)
{
	uint64_t number = 0;

	channel_number(object, name, &number);
	return number;
}

static const struct operation *operation_by_id(uint64_t id)
{
	for (size_t i = 0; i < operation_count; i++)
		if (operations[i].id == id)
			return &operations[i];
	return NULL;
}

static const json_t *measure_of(const json_t *run, const struct operation *operation)
{
	return measurement_find(json_object_get(run, "events"), channel_text(run, "level", ""),
				operation)
		.measure;
}

static struct kind kind_make(const json_t *run, const json_t *event)
{
	const json_t *functions = json_object_get(event, "functions"), *row;
	struct kind kind = {
		.run = run,
		.event = event,
		.operation = operation_by_id(number_of(event, "id")),
		.vmcs = channel_text(run, "vmcs", "n/a"),
		.mmu = channel_text(run, "mmu", "n/a"),
		.reason = channel_text(event, "reason", "n/a"),
		.level = number_of(event, "level"),
		.exits = number_of(event, "exits"),
		.stub = number_of(event, "stub"),
	};
	size_t i;

	if (kind.operation)
		kind.iterations = number_of(measure_of(run, kind.operation), "iterations");
	json_array_foreach (functions, i, row)
		kind.ticks += number_of(row, "ticks");
	return kind;
}

/* The kinds of measurements that are ours, in the order in which they came. */
static void each_kind(const json_t *object, kind_writer *write, void *to)
{
	const json_t *run, *event;
	size_t r, e;

	json_array_foreach (json_object_get(object, "runs"), r, run)
		json_array_foreach (json_object_get(run, "events"), e, event) {
			struct kind kind = kind_make(run, event);

			if (is_profile(event) && kind.operation && kind.exits)
				write(to, object, &kind);
		}
}

static void put_kind(struct csv *csv, const struct kind *kind)
{
	csv_text(csv, kind->vmcs);
	csv_text(csv, kind->mmu);
	csv_text(csv, channel_text(kind->run, "level", "n/a"));
	csv_text(csv, kind->operation->name);
	csv_count(csv, kind->level);
	csv_text(csv, kind->reason);
	csv_count(csv, kind->exits);
}

static void put_functions(void *to, const json_t *object, const struct kind *kind)
{
	static const char *const texts[] = {"function", "file", "in", "unit"};
	const json_t *row;
	size_t i;

	(void)object;
	json_array_foreach (json_object_get(kind->event, "functions"), i, row) {
		uint64_t ticks = number_of(row, "ticks");

		put_kind(to, kind);
		for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++)
			csv_text(to, channel_text(row, texts[t], "n/a"));
		csv_ratio(to, ticks, kind->exits);
		csv_ratio(to, ticks, kind->iterations);
		csv_end_row(to);
	}
}

bool profile_table(const struct result *result, const json_t *object)
{
	struct csv csv;

	if (!table_open(&csv, result, "profile.csv",
			"vmcs,mmu,level,operation,exit_level,reason,exits,function,file,in,unit,"
			"ticks_per_exit,ticks_per_op"))
		return false;
	each_kind(object, put_functions, &csv);
	return csv_close(&csv);
}

/* The same machine without the profile, or NULL. */
static const json_t *plain_run(const json_t *object, const struct kind *kind)
{
	const char *level = channel_text(kind->run, "level", "");
	const json_t *run;
	size_t i;

	json_array_foreach (json_object_get(object, "runs"), i, run)
		if (!channel_first(run, "profile") &&
		    !strcmp(channel_text(run, "vmcs", ""), kind->vmcs) &&
		    !strcmp(channel_text(run, "mmu", ""), kind->mmu) &&
		    !strcmp(channel_text(run, "level", ""), level))
			return run;
	return NULL;
}

/* What the counters of a run have under the kind's level and reason, over all VMCS12. */
static bool counted(const json_t *run, const struct kind *kind, struct ratio *ticks)
{
	const json_t *measure = measure_of(run, kind->operation), *row;
	size_t i;

	*ticks = (struct ratio){0};
	json_array_foreach (json_object_get(measure, "exits"), i, row) {
		if (number_of(row, "level") != kind->level ||
		    strcmp(channel_text(row, "reason", ""), kind->reason))
			continue;
		ticks->sum += number_of(row, "ticks");
		ticks->count += number_of(row, "count");
	}
	return ticks->count != 0;
}

static void put_counted(struct csv *csv, const json_t *run, const struct kind *kind)
{
	struct ratio ticks;
	bool known = counted(run, kind, &ticks);

	for (int i = 0; i < 2; i++)
		if (known)
			csv_count(csv, i ? ticks.sum : ticks.count);
		else
			csv_unknown(csv);
}

static void put_sums(void *to, const json_t *object, const struct kind *kind)
{
	uint64_t stepped = kind->ticks - kind->stub * kind->exits;
	struct ratio ticks;

	put_kind(to, kind);
	csv_count(to, stepped);
	put_counted(to, kind->run, kind);
	put_counted(to, plain_run(object, kind), kind);
	/* The time stamps lie inside of what is stepped. */
	if (counted(kind->run, kind, &ticks) && ticks.sum <= stepped)
		csv_ratio(to, stepped - ticks.sum, kind->exits);
	else
		csv_unknown(to);
	csv_count(to, kind->stub);
	csv_count(to, number_of(kind->event, "missed"));
	csv_end_row(to);
}

bool profile_sums(const struct result *result, const json_t *object)
{
	struct csv csv;

	if (!table_open(
		    &csv, result, "sums.csv",
		    "vmcs,mmu,level,operation,exit_level,reason,exits,ticks_stepped,exits_counted,"
		    "ticks_counted,exits_counted_without_profile,ticks_counted_without_profile,"
		    "outside_of_time_stamps_per_exit,stub_per_exit,exits_missed"))
		return false;
	each_kind(object, put_sums, &csv);
	return csv_close(&csv);
}

/* An operation has this exit each time: not a timer that hit one of them. */
static bool is_regular(const struct kind *kind)
{
	return kind->iterations && kind->exits * 2 >= kind->iterations;
}

/* Ticks of a source file in the kinds of the figure. */
struct unit {
	const char *name;
	double ticks;
};

struct units {
	struct unit *unit;
	size_t count;
	FILE *file;
};

static double unit_ticks(const struct kind *kind, const char *name)
{
	const json_t *row;
	uint64_t ticks = 0;
	size_t i;

	json_array_foreach (json_object_get(kind->event, "functions"), i, row)
		if (!strcmp(channel_text(row, "unit", ""), name))
			ticks += number_of(row, "ticks");
	return (double)ticks / (double)kind->iterations;
}

static void collect_units(void *to, const json_t *object, const struct kind *kind)
{
	struct units *units = to;
	const json_t *row;
	size_t i;

	(void)object;
	json_array_foreach (json_object_get(kind->event, "functions"), i, row) {
		const char *name = channel_text(row, "unit", "n/a");
		size_t n = 0;

		if (!is_regular(kind))
			continue;
		while (n < units->count && strcmp(units->unit[n].name, name))
			n++;
		if (n == units->count) {
			units->unit = reallocarray(units->unit, n + 1, sizeof(*units->unit));
			units->unit[units->count++] = (struct unit){.name = name};
		}
		units->unit[n].ticks += (double)number_of(row, "ticks") / (double)kind->iterations;
	}
}

static int by_unit_ticks(const void *one, const void *other)
{
	const struct unit *a = one, *b = other;
	int order = (b->ticks > a->ticks) - (b->ticks < a->ticks);

	return order ? order : strcmp(a->name, b->name);
}

static void put_bar(void *to, const json_t *object, const struct kind *kind)
{
	const struct units *units = to;
	double rest = 0;

	(void)object;
	if (!is_regular(kind))
		return;
	fprintf(units->file, "%s: L%" PRIu64 " %s", kind->vmcs, kind->level, kind->reason);
	for (size_t i = 0; i < units->count; i++) {
		double ticks = unit_ticks(kind, units->unit[i].name);

		if (i < FIGURE_UNITS)
			fprintf(units->file, "\t%.3f", ticks);
		else
			rest += ticks;
	}
	fprintf(units->file, "\t%.3f\n", rest);
}

bool profile_figure(const struct result *result, const json_t *object)
{
	char *path = result_file(result, "figure.dat");
	struct units units = {.file = fopen(path, "we")};
	bool good = units.file != NULL;

	free(path);
	if (!good)
		return false;
	each_kind(object, collect_units, &units);
	if (units.count)
		qsort(units.unit, units.count, sizeof(*units.unit), by_unit_ticks);
	fputs("exit", units.file);
	for (size_t i = 0; i < units.count && i < FIGURE_UNITS; i++)
		fprintf(units.file, "\t%s", units.unit[i].name);
	fputs("\tother files\n", units.file);
	each_kind(object, put_bar, &units);
	free(units.unit);
	good = !ferror(units.file);
	return fclose(units.file) == 0 && good;
}

static void show_kind(void *to, const json_t *object, const struct kind *kind)
{
	const json_t *row;
	char exits[32], ticks[32];
	size_t i;

	(void)object;
	if (!is_regular(kind))
		return;
	ratio_text(exits, kind->exits, kind->iterations);
	ratio_text(ticks, kind->ticks, kind->exits);
	fprintf(to, "%s %s, %s: exit L%" PRIu64 " %s, %s for one, %s ticks each\n", kind->vmcs,
		kind->mmu, kind->operation->name, kind->level, kind->reason, exits, ticks);
	json_array_foreach (json_object_get(kind->event, "functions"), i, row) {
		if (i == SHOWN)
			break;
		ratio_text(ticks, number_of(row, "ticks"), kind->exits);
		fprintf(to, "%12s  %-24s in %-24s %s\n", ticks, channel_text(row, "function", ""),
			channel_text(row, "in", ""), channel_text(row, "unit", ""));
	}
}

void profile_show(const json_t *object, FILE *out)
{
	each_kind(object, show_kind, out);
}
