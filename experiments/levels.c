// SPDX-License-Identifier: Apache-2.0
/* A workload as a whole, level by level: overheads, and who spent the ticks. */
#include "levels.h"
#include "channel.h"
#include "csv.h"
#include "measurement.h"
#include "tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * What a level's run says. "guest" is the workload's own level, "hypervisor" the L1 below an L2,
 * "switches" what a cost model added to the exits: elapsed less the three levels' own.
 */
struct level {
	const char *name;
	struct measurement m;
	bool seen, counted;
	uint64_t ticks; /* as the guest saw them */
	uint64_t guest, hypervisor, l0, switches, exits;
};

static const char *const names[] = LEVEL_NAMES;

#define LEVELS (sizeof(names) / sizeof(names[0]))

static void split(struct level *level)
{
	const json_t *ticks = json_object_get(level->m.measure, "ticks");
	bool nested = !strcmp(level->name, "L2");
	uint64_t l1 = 0, l2 = 0, elapsed = 0;
	struct ratio exits;

	level->counted = channel_number(ticks, "l0", &level->l0) &&
			 channel_number(ticks, "l1", &l1) && channel_number(ticks, "l2", &l2) &&
			 channel_number(level->m.measure, "elapsed", &elapsed) &&
			 measurement_exits(&level->m, &exits);
	if (!level->counted)
		return;
	level->guest = nested ? l2 : l1;
	level->hypervisor = nested ? l1 : l2;
	level->switches = elapsed - level->l0 - l1 - l2;
	level->exits = exits.sum;
}

static struct level level_find(const json_t *object, const char *name,
			       const struct operation *operation)
{
	const json_t *run = table_run(object, name);
	struct level level = {.name = name};

	level.m = measurement_find(json_object_get(run, "events"), name, operation);
	level.seen = channel_number(level.m.sample, "ticks_sum", &level.ticks) && level.ticks;
	split(&level);
	/* Without anybody below, all is the guest's own. */
	if (level.seen && !level.counted)
		level.guest = level.ticks;
	return level;
}

/* How much longer than @base, in percent; "n/a" when either is not known. */
static void overhead_text(char text[32], const struct level *level, const struct level *base)
{
	if (level->seen && base->seen)
		snprintf(text, 32, "%+.2f", ((double)level->ticks / (double)base->ticks - 1) * 100);
	else
		snprintf(text, 32, "n/a");
}

static void put_known(struct csv *csv, bool known, uint64_t value)
{
	if (known)
		csv_count(csv, value);
	else
		csv_unknown(csv);
}

static void put_level(struct csv *csv, const json_t *object, const struct operation *operation,
		      const char *name)
{
	struct level level = level_find(object, name, operation);
	struct level bare = level_find(object, "bare", operation);
	struct level l1 = level_find(object, "L1", operation);
	char text[32];

	csv_text(csv, operation->name);
	csv_text(csv, name);
	put_known(csv, level.seen, level.ticks);
	put_known(csv, level.seen, level.guest);
	put_known(csv, level.counted, level.hypervisor);
	put_known(csv, level.counted, level.l0);
	put_known(csv, level.counted, level.switches);
	put_known(csv, level.counted, level.exits);
	overhead_text(text, &level, &bare);
	csv_text(csv, text);
	overhead_text(text, &level, &l1);
	csv_text(csv, text);
	csv_end_row(csv);
}

bool levels_table(const struct result *result, const json_t *object)
{
	struct csv csv;

	if (!table_open(&csv, result, "levels.csv",
			"workload,level,ticks,ticks_in_guest,ticks_in_l1_hypervisor,ticks_in_l0,"
			"ticks_in_switches,exits,overhead_vs_bare_percent,overhead_vs_l1_percent"))
		return false;
	for (size_t o = 0; o < operation_count; o++)
		for (size_t i = 0; i < LEVELS && operation_chosen(object, &operations[o]); i++)
			put_level(&csv, object, &operations[o], names[i]);
	return csv_close(&csv);
}

/* The published time of a level, bare being 1; 0 when there is none. */
static double published_time(const json_t *object, const char *operation, const char *level)
{
	const json_t *values = json_object_get(json_object_get(object, "published"), "values");
	const json_t *row;
	char place[32];
	size_t i;

	snprintf(place, sizeof(place), "%s/bare", level);
	json_array_foreach (values, i, row)
		if (!strcmp(channel_text(row, "operation", ""), operation) &&
		    !strcmp(channel_text(row, "level", ""), place) &&
		    !strcmp(channel_text(row, "quantity", ""), "ticks_mean"))
			return json_number_value(json_object_get(row, "value"));
	return 0;
}

static const struct operation *first_chosen(const json_t *object)
{
	for (size_t i = 0; i < operation_count; i++)
		if (operation_chosen(object, &operations[i]))
			return &operations[i];
	return &operations[0];
}

static void figure_row(FILE *file, const json_t *object, const struct operation *operation,
		       const struct level *level, double whole)
{
	double theirs = published_time(object, operation->name, level->name);

	fprintf(file, "%s\t%.4f\t%.4f\t%.4f\t%.4f", level->name, (double)level->guest / whole,
		(double)level->hypervisor / whole, (double)level->l0 / whole,
		(double)level->switches / whole);
	if (theirs > 0)
		fprintf(file, "\t%.4f\n", theirs * 100);
	else
		fprintf(file, "\tn/a\n");
}

bool levels_figure(const struct result *result, const json_t *object)
{
	const struct operation *operation = first_chosen(object);
	struct level bare = level_find(object, "bare", operation);
	char *path = result_file(result, "figure.dat");
	FILE *file = fopen(path, "we");
	bool good = file != NULL;

	free(path);
	if (!good)
		return false;
	fprintf(file, "# level guest L1 L0 switches published_time, all in %% of bare\n");
	for (size_t i = 0; i < LEVELS; i++) {
		struct level level = level_find(object, names[i], operation);

		figure_row(file, object, operation, &level,
			   bare.seen ? (double)bare.ticks / 100 : 1);
	}
	good = !ferror(file);
	return fclose(file) == 0 && good;
}

static void show_known(FILE *out, bool known, uint64_t value)
{
	if (known)
		fprintf(out, " %13" PRIu64, value);
	else
		fprintf(out, " %13s", "n/a");
}

static void show_level(FILE *out, const json_t *object, const struct operation *operation,
		       const char *name)
{
	struct level level = level_find(object, name, operation);
	struct level bare = level_find(object, "bare", operation);
	struct level l1 = level_find(object, "L1", operation);
	double theirs = published_time(object, operation->name, name);
	double theirs_l1 = published_time(object, operation->name, "L1");
	bool nested = !strcmp(name, "L2");
	char text[32];

	fprintf(out, "%-6s", name);
	show_known(out, level.seen, level.ticks);
	show_known(out, level.seen, level.guest);
	show_known(out, level.counted && nested, level.hypervisor);
	show_known(out, level.counted, level.l0);
	show_known(out, level.counted, level.switches);
	show_known(out, level.counted, level.exits);
	overhead_text(text, &level, &bare);
	fprintf(out, " %8s", text);
	overhead_text(text, &level, &l1);
	fprintf(out, " %8s", nested ? text : "");
	if (theirs > 0)
		fprintf(out, " %+8.1f", (theirs - 1) * 100);
	if (theirs > 0 && theirs_l1 > 0 && nested)
		fprintf(out, " %+8.1f", (theirs / theirs_l1 - 1) * 100);
	fputc('\n', out);
}

/* Every reason with its count and its ticks in L0; at L2, the exits of L1 as well as its own. */
static void show_exits(FILE *out, const json_t *object, const struct operation *operation,
		       const char *name)
{
	struct level level = level_find(object, name, operation);
	const json_t *row;
	size_t i;

	if (!level.counted)
		return;
	fprintf(out, "\n%-6s %-26s %13s %13s\n", name, "exits", "count", "ticks in L0");
	json_array_foreach (json_object_get(level.m.measure, "exits"), i, row) {
		uint64_t from = 0, count = 0, ticks = 0;

		channel_number(row, "level", &from);
		channel_number(row, "count", &count);
		channel_number(row, "ticks", &ticks);
		fprintf(out, "  of L%" PRIu64 " %-26s %13" PRIu64 " %13" PRIu64 "\n", from,
			channel_text(row, "reason", "?"), count, ticks);
	}
}

static void show_workload(const json_t *object, const struct operation *operation, FILE *out)
{
	fprintf(out, "%s: %s\n", operation->name, operation->title);
	fprintf(out, "%-6s %13s %55s %13s %17s %17s\n", "", "ticks of", "----- of them in -----",
		"", "- overhead, % -", "- Turtles, % -");
	fprintf(out, "%-6s %13s %13s %13s %13s %13s %13s %8s %8s %8s %8s\n", "level", "the whole",
		"the guest", "L1 below it", "L0", "switches", "exits", "to bare", "to L1",
		"to host", "to guest");
	for (size_t i = 0; i < LEVELS; i++)
		show_level(out, object, operation, names[i]);
	for (size_t i = 0; i < LEVELS; i++)
		show_exits(out, object, operation, names[i]);
	fputc('\n', out);
}

void levels_show(const json_t *object, FILE *out)
{
	for (size_t i = 0; i < operation_count; i++)
		if (operation_chosen(object, &operations[i]))
			show_workload(object, &operations[i], out);
	fprintf(out, "1 tick = 1 instruction; switches: what the knob charge added to the exits\n");
}
