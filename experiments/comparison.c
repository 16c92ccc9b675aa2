// SPDX-License-Identifier: Apache-2.0
/* Ours beside the published numbers, one line each. */
#include "channel.h"
#include "csv.h"
#include "measurement.h"
#include "pick.h"
#include "tables.h"

#include <string.h>

/* What a published row speaks of: the quantity by its name in operations.csv. */
static bool measured_quantity(const struct measurement *m, const char *quantity,
			      struct ratio *value)
{
	uint64_t number;

	*value = (struct ratio){0, 1};
	if (!strcmp(quantity, "ticks_min"))
		return measurement_minimum(m, &value->sum);
	if (!strcmp(quantity, "exits_per_op"))
		return measurement_exits(m, value);
	if (!strcmp(quantity, "ticks_mean"))
		return measurement_mean(m, value);
	if (!strcmp(quantity, "multiplication_mean"))
		return measurement_multiplication(m, value, &number);
	return false;
}

/* A row that says whose the number is means that one's run; the others mean ours. */
static const json_t *run_of(const json_t *object, const json_t *row, const char *level)
{
	struct pick pick = pick_of(row);

	pick.level = level;
	return pick.l0 ? pick_run(object, &pick) : table_run(object, level);
}

/* "L2" is a level's number, "L2/L1" how many times the other's it is. */
static bool measured_value(const json_t *object, const json_t *row, double *value)
{
	const char *level = channel_text(row, "level", "");
	const char *quantity = channel_text(row, "quantity", "");
	const struct operation *operation = operation_find(channel_text(row, "operation", ""));
	double part[2] = {0, 1};
	char name[2][8] = {"", ""};
	int levels = sscanf(level, "%7[^/]/%7s", name[0], name[1]);

	if (!operation || levels < 1)
		return false;
	for (int i = 0; i < levels; i++) {
		const json_t *run = run_of(object, row, name[i]);
		struct measurement m =
			measurement_find(json_object_get(run, "events"), name[i], operation);
		struct ratio ratio = {0};

		if (!measured_quantity(&m, quantity, &ratio) || (i > 0 && !ratio.sum))
			return false;
		part[i] = (double)ratio.sum / (double)ratio.count;
	}
	*value = part[0] / part[1];
	return true;
}

static void put_number(struct csv *csv, bool known, const char *format, double value)
{
	char text[32] = "n/a";

	if (known)
		snprintf(text, sizeof(text), format, value);
	csv_text(csv, text);
}

bool table_comparison(const struct result *result, const json_t *object)
{
	const json_t *published = json_object_get(object, "published"), *row;
	struct csv csv;
	size_t i;

	if (!table_open(&csv, result, "comparison.csv",
			"operation,level,l0,vmcs,mmu,quantity,published,measured,difference,"
			"difference_percent,source"))
		return false;
	json_array_foreach (json_object_get(published, "values"), i, row) {
		double theirs = json_number_value(json_object_get(row, "value")), ours = 0;
		bool known = measured_value(object, row, &ours);

		csv_text(&csv, channel_text(row, "operation", "n/a"));
		csv_text(&csv, channel_text(row, "level", "n/a"));
		csv_text(&csv, channel_text(row, "l0", "testudo"));
		csv_text(&csv, channel_text(row, "vmcs", "n/a"));
		csv_text(&csv, channel_text(row, "mmu", "n/a"));
		csv_text(&csv, channel_text(row, "quantity", "n/a"));
		put_number(&csv, true, "%.3f", theirs);
		put_number(&csv, known, "%.3f", ours);
		put_number(&csv, known, "%+.3f", ours - theirs);
		put_number(&csv, known && theirs != 0.0, "%+.1f", (ours / theirs - 1) * 100);
		csv_text(&csv, channel_text(row, "source", "n/a"));
		csv_end_row(&csv);
	}
	return csv_close(&csv);
}
