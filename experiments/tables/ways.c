// SPDX-License-Identifier: Apache-2.0
#include "tables/ways.h"
#include "lib/cells.h"
#include "lib/channel.h"
#include "lib/csv.h"
#include "tables/goals.h"
#include "tables/iommu.h"
#include "tables/page.h"
#include "tables/quantity.h"
#include "tables/tables.h"
#include "tables/windows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * Quantities by their columns, in this order. Who gets too little of one has n/a there. A page and
 * the terminal show some for streams alone, some not for them; IN_FILE is for the file alone.
 */
static const struct column {
	const char *name, *head;
	enum shown { ALWAYS, OF_STREAMS, OF_OTHERS, IN_FILE } shown;
} columns[] = {
	{"exits_per_op", "exits", ALWAYS},
	{"ticks_min", "least", OF_OTHERS},
	{"ticks_p50", "p50", OF_OTHERS},
	{"ticks_p99", "p99", OF_OTHERS},
	{"ticks_mean", "mean", ALWAYS},
	{"us_mean", "µs", OF_OTHERS},
	{"ticks_in_l0", "in L0", ALWAYS},
	{"sidecore_busy", "sidecore", ALWAYS},
	{"exits_per_s", "exits/s", ALWAYS},
	{"mbit_s", "Mbit/s", OF_STREAMS},
	{"line_percent", "% of line", OF_STREAMS},
	{"bare_percent", "% bare", OF_STREAMS},
	{"mmio_exits_per_s", "of devices", ALWAYS},
	{"exits_per_packet", "a packet", OF_STREAMS},
	{"cpu_percent", "CPU %", ALWAYS},
	{"percent_of_bare", "% of bare", OF_STREAMS},
	{"interrupts_per_op", "interrupts", OF_STREAMS},
	{"ticks_max", "max", IN_FILE},
	{"requests_per_s", "requests/s", IN_FILE},
	{"device_interrupts_per_s", "interrupts/s", IN_FILE},
	{"host_interrupts_per_s", "of them L0's", IN_FILE},
	{"exits_per_interrupt", "exits of each", IN_FILE},
	{"guest_percent", "% in guest", IN_FILE},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* Whose the exits of one operation of L2's are. */
static const struct column owners[] = {
	{"exits_per_op", "exits", ALWAYS},
	{"l2_mmio_exits_per_op", "L2's, for registers of L1's", ALWAYS},
	{"l1_vmx_exits_per_op", "L1's, to answer them", ALWAYS},
	{"l1_mmio_exits_per_op", "L1's, for registers of L0's", ALWAYS},
	{"other_exits_per_op", "interrupts and others", ALWAYS},
};

/* Who handles the interrupts of a guest's devices, and what is left to the guest. */
static const struct column interrupts[] = {
	{"mbit_s", "Mbit/s", OF_STREAMS},
	{"requests_per_s", "requests/s", OF_OTHERS},
	{"percent_of_bare", "% of bare", ALWAYS},
	{"guest_percent", "% in guest", ALWAYS},
	{"cpu_percent", "CPU %", ALWAYS},
	{"device_interrupts_per_s", "interrupts/s", ALWAYS},
	{"host_interrupts_per_s", "taken by L0", ALWAYS},
	{"exits_per_s", "exits/s", ALWAYS},
	{"exits_per_interrupt", "exits by interrupts", ALWAYS},
};

/* How long one takes. */
static const struct column delays[] = {
	{"ticks_min", "least", ALWAYS},         {"ticks_mean", "mean", ALWAYS},
	{"ticks_p50", "p50", ALWAYS},           {"ticks_p99", "p99", ALWAYS},
	{"ticks_max", "most", ALWAYS},          {"exits_per_op", "exits", ALWAYS},
	{"ticks_in_l0", "ticks of L0", ALWAYS},
};

#define OWNERS     (sizeof(owners) / sizeof(owners[0]))
#define INTERRUPTS (sizeof(interrupts) / sizeof(interrupts[0]))
#define DELAYS     (sizeof(delays) / sizeof(delays[0]))
#define LEADING    2 /* cells of a row before them, on a page */

/* One run's measurement of an operation at a size. */
struct way {
	const json_t *run;
	struct measurement m;
	uint64_t size; /* 0: it has none */
};

typedef void way_visitor(const struct way *way, void *context);

static void each_size(const json_t *run, const struct operation *operation, way_visitor *visit,
		      void *context)
{
	const json_t *events = json_object_get(run, "events");
	const char *level = channel_text(run, "level", "");

	for (size_t nth = 0;; nth++) {
		struct way way = {run, measurement_nth(events, level, operation, nth), 0};

		if (nth && !way.m.sample)
			return;
		measurement_size(&way.m, &way.size);
		visit(&way, context);
	}
}

static void each_way(const json_t *object, const struct operation *operation, way_visitor *visit,
		     void *context)
{
	const json_t *run;
	size_t i;

	json_array_foreach (json_object_get(object, "runs"), i, run)
		if (operation_chosen(run, operation))
			each_size(run, operation, visit, context);
}

static void value_text(const struct way *way, const char *quantity, char text[32])
{
	struct ratio value;
	bool known = quantity_of(way->run, &way->m, quantity, &value);

	if (known && value.count == 1)
		snprintf(text, 32, "%" PRIu64, value.sum);
	else
		ratio_text(text, value.sum, known ? value.count : 0);
}

static void put_size(struct csv *csv, const struct way *way)
{
	if (way->size)
		csv_count(csv, way->size);
	else
		csv_unknown(csv);
}

/* What tells a row from all others. */
static void put_key(struct csv *csv, const struct way *way)
{
	csv_text(csv, channel_text(way->run, "name", channel_text(way->run, "level", "n/a")));
	csv_text(csv, channel_text(way->run, "level", "n/a"));
	csv_text(csv, way->m.operation->name);
	put_size(csv, way);
}

static void put_row(const struct way *way, void *csv)
{
	char text[32];

	put_key(csv, way);
	for (size_t c = 0; c < COLUMNS; c++) {
		value_text(way, columns[c].name, text);
		csv_text(csv, text);
	}
	csv_end_row(csv);
}

/* Of so many exits of the measurement, those in a second. */
static bool rate_of(const struct way *way, uint64_t count, struct ratio *rate)
{
	struct ratio all;

	if (!count || !measurement_exits(&way->m, &all) ||
	    !quantity_of(way->run, &way->m, "exits_per_s", rate))
		return false;
	rate->sum = (uint64_t)((double)rate->sum * (double)count / (double)all.sum);
	return true;
}

static void put_rate(struct csv *csv, const struct way *way, uint64_t count)
{
	struct ratio rate;

	if (rate_of(way, count, &rate))
		csv_ratio(csv, rate.sum, rate.count);
	else
		csv_unknown(csv);
}

static void put_exit(struct csv *csv, const struct way *way, const json_t *row)
{
	uint64_t iterations = 0, level = 0, count = 0, ticks = 0;

	channel_number(way->m.measure, "iterations", &iterations);
	channel_number(row, "level", &level);
	channel_number(row, "count", &count);
	channel_number(row, "ticks", &ticks);
	put_key(csv, way);
	csv_count(csv, level);
	csv_text(csv, channel_text(row, "reason", "n/a"));
	csv_count(csv, count);
	csv_ratio(csv, count, iterations);
	csv_ratio(csv, ticks, iterations);
	put_rate(csv, way, count);
	csv_end_row(csv);
}

static void put_exits(const struct way *way, void *csv)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(way->m.measure, "exits"), i, row)
		put_exit(csv, way, row);
}

static void each_operation(const json_t *object, way_visitor *visit, void *context)
{
	for (size_t o = 0; o < operation_count; o++)
		each_way(object, &operations[o], visit, context);
}

static bool write_table(const struct result *result, const json_t *object)
{
	char header[1024] = "run,level,operation,size";
	struct csv csv;

	for (size_t c = 0; c < COLUMNS; c++)
		strcat(strcat(header, ","), columns[c].name);
	if (!table_open(&csv, result, "ways.csv", header))
		return false;
	each_operation(object, put_row, &csv);
	return csv_close(&csv);
}

static bool write_exits(const struct result *result, const json_t *object)
{
	struct csv csv;

	if (!table_open(&csv, result, "ways-exits.csv",
			"run,level,operation,size,exit_level,reason,count,count_per_op,"
			"ticks_per_op,count_per_s"))
		return false;
	each_operation(object, put_exits, &csv);
	return csv_close(&csv);
}

bool ways_tables(const struct result *result, const json_t *object)
{
	return write_table(result, object) && write_exits(result, object) &&
	       iommu_table(result, object) && windows_table(result, object) &&
	       goals_table(result, object) && table_comparison(result, object);
}

/* ---- the figure: as many blocks as there are operations and sizes ---- */

struct block {
	FILE *file;
	uint64_t size;
	size_t lines;
};

static void figure_title(const struct block *block, const char *operation)
{
	fprintf(block->file, "%s", operation);
	if (block->size)
		fprintf(block->file, ", %" PRIu64, block->size);
	fputc('\n', block->file);
}

static void figure_line(const struct way *way, void *context)
{
	struct block *block = context;
	char text[32];

	if (way->size != block->size || !way->m.sample)
		return;
	if (!block->lines++)
		figure_title(block, way->m.operation->name);
	fprintf(block->file, "%s", channel_text(way->run, "name", "n/a"));
	for (size_t c = 0; c < COLUMNS; c++) {
		value_text(way, columns[c].name, text);
		fprintf(block->file, "\t%s", text);
	}
	fputc('\n', block->file);
}

/* The least size above *size, until there is none. */
struct next_size {
	uint64_t above, next;
};

static void look_for_size(const struct way *way, void *context)
{
	struct next_size *n = context;

	if (way->size > n->above && way->size < n->next)
		n->next = way->size;
}

static void figure_blocks(FILE *file, const json_t *object, const struct operation *operation)
{
	struct next_size n = {0, 0};

	for (; n.next != UINT64_MAX; n.above = n.next) {
		struct block block = {file, n.next, 0};

		each_way(object, operation, figure_line, &block);
		if (block.lines)
			fputs("\n\n", file);
		n = (struct next_size){n.next, UINT64_MAX};
		each_way(object, operation, look_for_size, &n);
	}
}

bool ways_figure(const struct result *result, const json_t *object)
{
	char *path = result_file(result, "figure.dat");
	FILE *file = fopen(path, "we");
	bool good = file != NULL;

	free(path);
	if (!good)
		return false;
	for (size_t o = 0; o < operation_count; o++)
		figure_blocks(file, object, &operations[o]);
	good = !ferror(file);
	return fclose(file) == 0 && good;
}

/* ---- for people: a table of its own for each operation ---- */

struct table {
	cells_writer *write;
	void *to;
	size_t lines;
	const char *cells[LEADING + COLUMNS];
	size_t count;
	const struct column *columns;
	size_t of;         /* columns */
	const char *level; /* runs of this one alone; NULL: of all */
	bool page;
	bool known[COLUMNS]; /* of the operation by some run; others are not shown */
};

static bool is_of_level(const struct table *table, const struct way *way)
{
	return !table->level || !strcmp(channel_text(way->run, "level", ""), table->level);
}

static void look_for_values(const struct way *way, void *context)
{
	struct table *table = context;
	struct ratio value;

	for (size_t c = 0; is_of_level(table, way) && c < table->of; c++)
		if (quantity_of(way->run, &way->m, table->columns[c].name, &value) && value.count)
			table->known[c] = true;
}

static bool is_shown(const struct table *table, size_t c, const struct operation *operation)
{
	const struct column *column = &table->columns[c];
	bool stream = !strcmp(operation->name, "stream");

	return table->known[c] &&
	       (column->shown == ALWAYS || column->shown == (stream ? OF_STREAMS : OF_OTHERS));
}

static void begin_row(struct table *table, const char *first, const char *second)
{
	table->cells[0] = first;
	table->cells[1] = second;
	table->count = LEADING;
}

static void write_heads(struct table *table, const struct operation *operation)
{
	begin_row(table, operation->name, "size");
	for (size_t c = 0; c < table->of; c++)
		if (is_shown(table, c, operation))
			table->cells[table->count++] = table->columns[c].head;
	table->write(table->to, table->cells, table->count);
	if (table->page)
		cells_markdown_rule(table->to, table->count);
}

static void write_way(const struct way *way, void *context)
{
	struct table *table = context;
	char size[32] = "", text[COLUMNS][32];

	if (!is_of_level(table, way))
		return;
	if (!table->lines++)
		write_heads(table, way->m.operation);
	if (way->size)
		snprintf(size, sizeof(size), "%" PRIu64, way->size);
	begin_row(table, channel_text(way->run, "name", "n/a"), size);
	for (size_t c = 0; c < table->of; c++) {
		if (!is_shown(table, c, way->m.operation))
			continue;
		value_text(way, table->columns[c].name, text[c]);
		table->cells[table->count++] = text[c];
	}
	table->write(table->to, table->cells, table->count);
}

static void write_operations(const json_t *object, FILE *out, struct table *table)
{
	for (size_t o = 0; o < operation_count; o++) {
		table->lines = 0;
		memset(table->known, 0, sizeof(table->known));
		each_way(object, &operations[o], look_for_values, table);
		each_way(object, &operations[o], write_way, table);
		if (table->lines)
			fputc('\n', out);
	}
}

static void put_page_tables(FILE *page, const json_t *object)
{
	struct table table = {cells_markdown, page, .columns = columns, .of = COLUMNS,
			      .page = true};

	write_operations(object, page, &table);
}

static void put_owners(FILE *page, const json_t *object)
{
	struct table table = {cells_markdown, page,          .columns = owners,
			      .of = OWNERS,   .level = "L2", .page = true};

	write_operations(object, page, &table);
}

static void put_interrupts(FILE *page, const json_t *object)
{
	struct table table = {cells_markdown, page, .columns = interrupts, .of = INTERRUPTS,
			      .page = true};

	write_operations(object, page, &table);
}

/* "L1 WRMSR 1200": so many in a second, or, where no time is known, percent of all. */
static int say_reason(const struct way *way, const json_t *row, uint64_t all, char *text,
		      size_t room)
{
	struct ratio rate = {0};
	uint64_t level = 0, count = 0;
	bool known;

	channel_number(row, "level", &level);
	channel_number(row, "count", &count);
	known = rate_of(way, count, &rate);
	return snprintf(text, room, "L%" PRIu64 " %.32s %" PRIu64 "%s", level,
			channel_text(row, "reason", "n/a"),
			known ? rate.sum / rate.count : count * 100 / all, known ? "" : " %");
}

/* Those of a hundredth of all exits and more. */
static void say_reasons(const struct way *way, char *text, size_t room)
{
	const json_t *row;
	struct ratio all;
	uint64_t count;
	size_t i, used = 0;

	text[0] = '\0';
	if (!measurement_exits(&way->m, &all))
		return;
	json_array_foreach (json_object_get(way->m.measure, "exits"), i, row) {
		if (!channel_number(row, "count", &count) || !count || count * 100 < all.sum ||
		    used + 96 > room)
			continue;
		if (used)
			used += (size_t)snprintf(text + used, room - used, ", ");
		used += (size_t)say_reason(way, row, all.sum, text + used, room - used);
	}
}

static void put_reasons_row(const struct way *way, void *page)
{
	char reasons[1024];
	const char *cells[] = {way->m.operation->name, channel_text(way->run, "name", "n/a"),
			       reasons};

	say_reasons(way, reasons, sizeof(reasons));
	cells_markdown(page, cells, 3);
}

static void put_reasons(FILE *page, const json_t *object)
{
	const char *heads[] = {"", "run",
			       "exits in a second (KVM's: percent of all), by level and reason"};

	cells_markdown(page, heads, 3);
	cells_markdown_rule(page, 3);
	each_operation(object, put_reasons_row, page);
}

static void put_delays(FILE *page, const json_t *object)
{
	struct table table = {cells_markdown, page, .columns = delays, .of = DELAYS, .page = true};

	write_operations(object, page, &table);
}

bool ways_page(const struct result *result, const json_t *object)
{
	static const struct page_part parts[] = {
		{"@WAYS@", put_page_tables},
		{"@OWNERS@", put_owners},
		{"@IOMMU@", iommu_page},
		{"@COMPARISON@", table_comparison_page},
		{"@WINDOWS@", windows_page},
		{"@INTERRUPTS@", put_interrupts},
		{"@DELAYS@", put_delays},
		{"@REASONS@", put_reasons},
		{NULL, NULL},
	};

	return page_write(result, object, parts);
}

void ways_show(const json_t *object, FILE *out)
{
	static const int widths[LEADING + COLUMNS] = {-28, 9,  12, 12, 12, 12, 12, 12, 12,
						      12,  12, 12, 12, 12, 12, 12, 12, 12};
	struct cells_terminal terminal = {out, widths};
	struct table table = {cells_terminal, &terminal, .columns = columns, .of = COLUMNS};

	write_operations(object, out, &table);
	fputs("exits, ticks: of one operation; a stream's one operation is all of it\n\n", out);
	windows_show(object, out);
	table_comparison_show(object, out);
}
