// SPDX-License-Identifier: Apache-2.0
#include "tables/smp.h"
#include "lib/cells.h"
#include "lib/channel.h"
#include "lib/csv.h"
#include "tables/measurement.h"
#include "tables/page.h"
#include "tables/pick.h"
#include "tables/tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SERIES_MAX = 8 };

static const char *const levels[] = {"L1", "L2"};
#define LEVELS (sizeof(levels) / sizeof(levels[0]))

/* The runs of one level, by rising number of vCPUs as the definition has them. */
struct series {
	const char *level;
	const json_t *run[SERIES_MAX], *peer[SERIES_MAX];
	size_t count;
};

static struct series series_of(const json_t *object, const char *level)
{
	const struct pick ours = {.l0 = "testudo", .level = level};
	struct series series = {.level = level};
	const json_t *run;
	size_t i;

	json_array_foreach (json_object_get(object, "runs"), i, run) {
		if (series.count == SERIES_MAX || !pick_matches(&ours, run))
			continue;
		series.run[series.count] = run;
		series.peer[series.count++] = pick_peer(object, run);
	}
	return series;
}

static const char *vcpus_of(const struct series *series, size_t i)
{
	return channel_text(series->run[i], "vcpus", "1");
}

static struct measurement find(const json_t *run, const char *level,
			       const struct operation *operation)
{
	return measurement_find(json_object_get(run, "events"), level, operation);
}

static uint64_t dearest(const json_t *run, const char *level, const struct operation *operation)
{
	struct measurement m = find(run, level, operation);
	uint64_t ticks;

	return measurement_dearest(&m, &ticks) ? ticks : 0;
}

static void number_text(char text[32], uint64_t number)
{
	snprintf(text, 32, number ? "%" PRIu64 : "n/a", number);
}

/* One L0's part of a line, as text. */
struct part {
	char exits[32], least[32], dearest[32], mean[32], by_one[32];
	uint64_t ticks;
};

static struct part part_of(const json_t *run, const json_t *one, const char *level,
			   const struct operation *operation)
{
	struct measurement m = find(run, level, operation);
	uint64_t least = 0, base = dearest(one, level, operation);
	struct ratio ratio = {0};
	struct part part;
	bool known = measurement_exits(&m, &ratio);

	part.ticks = dearest(run, level, operation);
	ratio_text(part.exits, ratio.sum, known ? ratio.count : 0);
	known = measurement_mean(&m, &ratio);
	ratio_text(part.mean, ratio.sum, known ? ratio.count : 0);
	measurement_minimum(&m, &least);
	number_text(part.least, least);
	number_text(part.dearest, part.ticks);
	ratio_text(part.by_one, part.ticks, base);
	return part;
}

static void put_row(struct csv *csv, const struct series *series, size_t i,
		    const struct operation *operation)
{
	const char *level = series->level;
	struct part ours = part_of(series->run[i], series->run[0], level, operation);
	struct part theirs = part_of(series->peer[i], series->peer[0], level, operation);
	char times[32];
	const char *const cells[] = {
		level,          operation->name, vcpus_of(series, i), ours.exits,   ours.least,
		ours.dearest,   ours.mean,       ours.by_one,         theirs.exits, theirs.least,
		theirs.dearest, theirs.mean,     theirs.by_one,       times,
	};

	ratio_text(times, theirs.ticks, ours.ticks);
	cells_csv(csv, cells, sizeof(cells) / sizeof(cells[0]));
}

bool smp_table(const struct result *result, const json_t *object)
{
	struct csv csv;

	if (!table_open(&csv, result, "smp.csv",
			"level,operation,vcpus,exits_per_op,ticks_min,ticks_min_dearest,ticks_mean,"
			"by_one,"
			"peer_exits_per_op,peer_ticks_min,peer_ticks_min_dearest,peer_ticks_mean,"
			"peer_by_one,peer_by_ours"))
		return false;
	for (size_t l = 0; l < LEVELS; l++) {
		struct series series = series_of(object, levels[l]);

		for (size_t o = 0; o < operation_count; o++)
			for (size_t i = 0; i < series.count; i++)
				if (operation_chosen(series.run[i], &operations[o]))
					put_row(&csv, &series, i, &operations[o]);
	}
	return csv_close(&csv);
}

static void print_line(FILE *file, const struct series *series, const struct operation *operation)
{
	fprintf(file, "%s", operation->name);
	for (size_t i = 0; i < series->count; i++) {
		char ours[32], theirs[32];

		number_text(ours, dearest(series->run[i], series->level, operation));
		number_text(theirs, dearest(series->peer[i], series->level, operation));
		fprintf(file, "\t%s\t%s", ours, theirs);
	}
	fputc('\n', file);
}

static void print_block(FILE *file, const struct series *series)
{
	fprintf(file, "%s", series->level);
	for (size_t i = 0; i < series->count; i++)
		fprintf(file, "\tTestudo, %s\tKVM, %s", vcpus_of(series, i), vcpus_of(series, i));
	fputc('\n', file);
	for (size_t o = 0; series->count && o < operation_count; o++)
		if (!measurement_waits(&operations[o]) &&
		    operation_chosen(series->run[series->count - 1], &operations[o]))
			print_line(file, series, &operations[o]);
	fputs("\n\n", file);
}

/* Blocks of a level, two empty lines apart: operation, then ours and the peer's by vCPUs. */
bool smp_figure(const struct result *result, const json_t *object)
{
	char *path = result_file(result, "smp.dat");
	FILE *file = fopen(path, "we");
	bool good;

	free(path);
	if (!file)
		return false;
	for (size_t l = 0; l < LEVELS; l++) {
		struct series series = series_of(object, levels[l]);

		print_block(file, &series);
	}
	good = !ferror(file);
	return fclose(file) == 0 && good;
}

enum { COLUMNS = 2 + 2 * (SERIES_MAX + 2) + 1 };

struct wide {
	char text[COLUMNS][48];
	const char *cells[COLUMNS];
	size_t count;
};

static void wide_add(struct wide *wide, const char *format, const char *text)
{
	snprintf(wide->text[wide->count], sizeof(wide->text[0]), format, text);
	wide->cells[wide->count] = wide->text[wide->count];
	wide->count++;
}

static void add_heads(struct wide *wide, const struct series *series, const char *whose)
{
	wide_add(wide, "%s exits", whose);
	for (size_t i = 0; i < series->count; i++) {
		wide_add(wide, "%s on ", whose);
		strncat(wide->text[wide->count - 1], vcpus_of(series, i), 8);
	}
	wide_add(wide, "%s", "times");
}

/* Exits and times are those of the most vCPUs. */
static struct part add_parts(struct wide *wide, const struct series *series,
			     const json_t *const runs[], const struct operation *operation)
{
	struct part part = {0}, parts[SERIES_MAX];

	for (size_t i = 0; i < series->count; i++)
		part = parts[i] = part_of(runs[i], runs[0], series->level, operation);
	wide_add(wide, "%s", part.exits);
	for (size_t i = 0; i < series->count; i++)
		wide_add(wide, "%s", parts[i].dearest);
	wide_add(wide, "%s", part.by_one);
	return part;
}

static void write_level(const struct series *series, bool peer, cells_writer *write, void *to)
{
	for (size_t o = 0; o < operation_count; o++) {
		const struct operation *operation = &operations[o];
		struct wide wide = {0};
		struct part ours, theirs;
		char times[32];

		if (!operation_chosen(series->run[series->count - 1], operation))
			continue;
		wide_add(&wide, "%s", operation->name);
		ours = add_parts(&wide, series, series->run, operation);
		if (peer) {
			theirs = add_parts(&wide, series, series->peer, operation);
			ratio_text(times, theirs.ticks, ours.ticks);
			wide_add(&wide, "%s", times);
		}
		write(to, wide.cells, wide.count);
	}
}

static void write_heads(const struct series *series, bool peer, cells_writer *write, void *to)
{
	struct wide wide = {0};

	wide_add(&wide, "operation in %s", series->level);
	add_heads(&wide, series, peer ? "ours" : "");
	if (peer) {
		add_heads(&wide, series, "KVM");
		wide_add(&wide, "%s", "KVM by ours");
	}
	write(to, wide.cells, wide.count);
}

static void put_page_table(FILE *page, const json_t *object)
{
	bool peer = json_object_get(object, "peer") != NULL;

	for (size_t l = 0; l < LEVELS; l++) {
		struct series series = series_of(object, levels[l]);

		if (!series.count)
			continue;
		write_heads(&series, peer, cells_markdown, page);
		cells_markdown_rule(page, 1 + (series.count + 2) * (peer ? 2 : 1) + peer);
		write_level(&series, peer, cells_markdown, page);
		fputc('\n', page);
	}
}

bool smp_page(const struct result *result, const json_t *object)
{
	static const struct page_part parts[] = {{"@SMP@", put_page_table}, {NULL, NULL}};

	return page_write(result, object, parts);
}

void smp_show(const json_t *object, FILE *out)
{
	static const int widths[COLUMNS] = {-15, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10,
					    10,  10, 10, 10, 10, 10, 10, 10, 10, 10, 10};
	struct cells_terminal terminal = {out, widths};
	bool peer = json_object_get(object, "peer") != NULL;

	for (size_t l = 0; l < LEVELS; l++) {
		struct series series = series_of(object, levels[l]);

		if (!series.count)
			continue;
		write_heads(&series, peer, cells_terminal, &terminal);
		write_level(&series, peer, cells_terminal, &terminal);
		fputc('\n', out);
	}
	fputs("ticks: the cheapest sample of the vCPU whose is dearest; exits, times: on the "
	      "most\n",
	      out);
}
