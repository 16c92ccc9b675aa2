// SPDX-License-Identifier: Apache-2.0
/* A workload as a whole, run by run: overheads, and who spent the ticks. */
#include "tables/levels.h"
#include "lib/cells.h"
#include "lib/channel.h"
#include "lib/csv.h"
#include "tables/measurement.h"
#include "tables/page.h"
#include "tables/tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * What a run says. "guest" is the workload's own level, "hypervisor" the L1 below an L2,
 * "switches" what a cost model added to the exits: elapsed less the levels' own.
 */
struct level {
	const char *name, *place; /* of the run; bare, L1 or L2 */
	struct measurement m;
	bool seen, counted;
	uint64_t ticks; /* as the guest saw them */
	uint64_t guest, hypervisor, l0, switches, exits;
};

static void split(struct level *level)
{
	const json_t *ticks = json_object_get(level->m.measure, "ticks");
	bool nested = !strcmp(level->place, "L2");
	uint64_t l1 = 0, l2 = 0, all = 0, elapsed = 0;
	struct ratio exits;

	level->counted = channel_number(ticks, "l0", &level->l0) &&
			 channel_number(ticks, "l1", &l1) && channel_number(ticks, "l2", &l2) &&
			 measurement_all_ticks(&level->m, &all) &&
			 channel_number(level->m.measure, "elapsed", &elapsed) &&
			 measurement_exits(&level->m, &exits);
	if (!level->counted)
		return;
	level->guest = nested ? l2 : l1;
	level->hypervisor = nested ? l1 : l2;
	level->switches = elapsed - all;
	level->exits = exits.sum;
}

static struct level level_of(const json_t *run, const struct operation *operation)
{
	struct level level = {.place = channel_text(run, "level", "n/a")};

	level.name = channel_text(run, "name", level.place);
	level.m = measurement_find(json_object_get(run, "events"), level.place, operation);
	level.seen = channel_number(level.m.sample, "ticks_sum", &level.ticks) && level.ticks;
	split(&level);
	/* Without anybody below, all is the guest's own. */
	if (level.seen && !level.counted)
		level.guest = level.ticks;
	return level;
}

static struct level level_find(const json_t *object, const char *name,
			       const struct operation *operation)
{
	return level_of(table_run(object, name), operation);
}

enum column {
	WORKLOAD,
	RUN,
	PLACE,
	TICKS,
	GUEST,
	HYPERVISOR,
	IN_L0,
	SWITCHES,
	EXITS,
	VS_BARE,
	VS_L1,
	OWN_VS_BARE,
	OWN_VS_L1,
	COLUMNS,
};

/* By their names in levels.csv, and as the page and the terminal have them. */
static const char *const names[COLUMNS] = {
	[WORKLOAD] = "workload",
	[RUN] = "run",
	[PLACE] = "level",
	[TICKS] = "ticks",
	[GUEST] = "ticks_in_guest",
	[HYPERVISOR] = "ticks_in_l1_hypervisor",
	[IN_L0] = "ticks_in_l0",
	[SWITCHES] = "ticks_in_switches",
	[EXITS] = "exits",
	[VS_BARE] = "overhead_vs_bare_percent",
	[VS_L1] = "overhead_vs_l1_percent",
	[OWN_VS_BARE] = "overhead_vs_bare_without_switches_percent",
	[OWN_VS_L1] = "overhead_vs_l1_without_switches_percent",
};

static const char *const heads[COLUMNS] = {
	[WORKLOAD] = "workload",  [RUN] = "run",           [PLACE] = "level",
	[TICKS] = "ticks",        [GUEST] = "the guest",   [HYPERVISOR] = "L1 below it",
	[IN_L0] = "L0",           [SWITCHES] = "switches", [EXITS] = "exits",
	[VS_BARE] = "% to bare",  [VS_L1] = "% to L1",     [OWN_VS_BARE] = "% to bare*",
	[OWN_VS_L1] = "% to L1*",
};

static const int widths[COLUMNS] = {
	[RUN] = -19,  [TICKS] = 11,       [GUEST] = 11,     [HYPERVISOR] = 11,
	[IN_L0] = 11, [SWITCHES] = 11,    [EXITS] = 9,      [VS_BARE] = 9,
	[VS_L1] = 9,  [OWN_VS_BARE] = 10, [OWN_VS_L1] = 10,
};

static void count_text(char text[32], bool known, uint64_t value)
{
	if (known)
		snprintf(text, 32, "%" PRIu64, value);
	else
		snprintf(text, 32, "n/a");
}

/* How much longer than @base, in percent. */
static void overhead_text(char text[32], const struct level *level, const struct level *base,
			  bool switches)
{
	bool known = level->seen && base->seen;
	double ours = (double)(level->ticks - (switches ? 0 : level->switches));
	double theirs = (double)(base->ticks - (switches ? 0 : base->switches));

	cell_number(text, known, "%+.2f", known ? (ours / theirs - 1) * 100 : 0);
}

static void put_run(const json_t *object, const json_t *run, const struct operation *operation,
		    cells_writer *write, void *to)
{
	struct level level = level_of(run, operation);
	struct level bare = level_find(object, "bare", operation);
	struct level l1 = level_find(object, channel_text(run, "l1", "L1"), operation);
	const char *cells[COLUMNS] = {operation->name, level.name, level.place};
	char text[COLUMNS][32];

	for (size_t i = TICKS; i < COLUMNS; i++)
		cells[i] = text[i];
	count_text(text[TICKS], level.seen, level.ticks);
	count_text(text[GUEST], level.seen, level.guest);
	count_text(text[HYPERVISOR], level.counted, level.hypervisor);
	count_text(text[IN_L0], level.counted, level.l0);
	count_text(text[SWITCHES], level.counted, level.switches);
	count_text(text[EXITS], level.counted, level.exits);
	overhead_text(text[VS_BARE], &level, &bare, true);
	overhead_text(text[VS_L1], &level, &l1, true);
	overhead_text(text[OWN_VS_BARE], &level, &bare, false);
	overhead_text(text[OWN_VS_L1], &level, &l1, false);
	write(to, cells, COLUMNS);
}

static void put_workload(const json_t *object, const struct operation *operation,
			 cells_writer *write, void *to)
{
	const json_t *run;
	size_t i;

	json_array_foreach (json_object_get(object, "runs"), i, run)
		put_run(object, run, operation, write, to);
}

static void put_workloads(const json_t *object, cells_writer *write, void *to)
{
	for (size_t o = 0; o < operation_count; o++)
		if (operation_chosen(object, &operations[o]))
			put_workload(object, &operations[o], write, to);
}

bool levels_table(const struct result *result, const json_t *object)
{
	char header[512] = "";
	size_t used = 0;
	struct csv csv;

	for (size_t i = 0; i < COLUMNS; i++)
		used += (size_t)snprintf(header + used, sizeof(header) - used, "%s%s", i ? "," : "",
					 names[i]);
	if (!table_open(&csv, result, "levels.csv", header))
		return false;
	put_workloads(object, cells_csv, &csv);
	return csv_close(&csv);
}

/* A published ratio to another run, as ticks by that run of ours; 0 when there is none. */
static double published_ticks(const json_t *object, const struct operation *operation,
			      const char *name)
{
	const json_t *values = json_object_get(json_object_get(object, "published"), "values");
	const json_t *row;
	size_t i;

	json_array_foreach (values, i, row) {
		const char *place = channel_text(row, "level", "");
		size_t length = strcspn(place, "/");

		if (!strcmp(channel_text(row, "operation", ""), operation->name) &&
		    !strcmp(channel_text(row, "quantity", ""), "ticks_mean") && place[length] &&
		    strlen(name) == length && !strncmp(place, name, length))
			return json_number_value(json_object_get(row, "value")) *
			       (double)level_find(object, place + length + 1, operation).ticks;
	}
	return 0;
}

static void figure_row(FILE *file, const json_t *object, const struct operation *operation,
		       const struct level *level, double whole)
{
	double theirs = published_ticks(object, operation, level->name);
	char text[32];

	cell_number(text, theirs > 0, "%.4f", theirs / whole);
	fprintf(file, "%s\t%.4f\t%.4f\t%.4f\t%.4f\t%s\n", level->name, (double)level->guest / whole,
		(double)level->hypervisor / whole, (double)level->l0 / whole,
		(double)level->switches / whole, text);
}

static void figure_block(FILE *file, const json_t *object, const struct operation *operation)
{
	struct level bare = level_find(object, "bare", operation);
	const json_t *run;
	size_t i;

	fprintf(file, "# %s: %s\n", operation->name, operation->title);
	json_array_foreach (json_object_get(object, "runs"), i, run) {
		struct level level = level_of(run, operation);

		figure_row(file, object, operation, &level,
			   bare.seen ? (double)bare.ticks / 100 : 1);
	}
}

bool levels_figure(const struct result *result, const json_t *object)
{
	char *path = result_file(result, "figure.dat");
	FILE *file = fopen(path, "we");
	bool good = file != NULL;
	const char *gap = "";

	free(path);
	if (!good)
		return false;
	/* run, guest, L1 below it, L0, switches, published: all in percent of bare */
	for (size_t o = 0; o < operation_count; o++) {
		if (!operation_chosen(object, &operations[o]))
			continue;
		fputs(gap, file);
		figure_block(file, object, &operations[o]);
		gap = "\n\n";
	}
	good = !ferror(file);
	return fclose(file) == 0 && good;
}

static void put_page_table(FILE *page, const json_t *object)
{
	cells_markdown(page, heads, COLUMNS);
	cells_markdown_rule(page, COLUMNS);
	put_workloads(object, cells_markdown, page);
}

bool levels_page(const struct result *result, const json_t *object)
{
	static const struct page_part parts[] = {
		{"@LEVELS@", put_page_table},
		{"@COMPARISON@", table_comparison_page},
		{NULL, NULL},
	};

	return page_write(result, object, parts);
}

static void show_exits(const json_t *object, const struct operation *operation, FILE *out)
{
	const json_t *run;
	size_t i;

	json_array_foreach (json_object_get(object, "runs"), i, run) {
		struct level level = level_of(run, operation);

		if (!level.counted)
			continue;
		fprintf(out, "%-19s exits:", level.name);
		table_show_reasons(out, &level.m);
		fputc('\n', out);
	}
}

void levels_show(const json_t *object, FILE *out)
{
	struct cells_terminal terminal = {out, widths};

	page_put_calibration(out, object);
	for (size_t o = 0; o < operation_count; o++) {
		if (!operation_chosen(object, &operations[o]))
			continue;
		fprintf(out, "\n%s: %s\n", operations[o].name, operations[o].title);
		cells_terminal(&terminal, heads, COLUMNS);
		put_workload(object, &operations[o], cells_terminal, &terminal);
		show_exits(object, &operations[o], out);
	}
	fprintf(out, "1 tick = 1 instruction; switches: what charge= added to the exits; "
		     "*: without them; L2:REASON is L2's own, the others L1's\n\n");
	table_comparison_show(object, out);
}
