// SPDX-License-Identifier: Apache-2.0
/* Ours beside the published numbers, one line each. */
#include "lib/cells.h"
#include "lib/channel.h"
#include "lib/csv.h"
#include "tables/pick.h"
#include "tables/quantity.h"
#include "tables/tables.h"

#include <inttypes.h>
#include <string.h>

/* A row that says whose the number is means that one's run; the others mean ours. */
static const json_t *run_of(const json_t *object, const json_t *row, const char *name)
{
	struct pick pick = pick_of(row);

	pick.level = name;
	return pick.l0 ? pick_run(object, &pick) : table_run(object, name);
}

/* "L2" is a level's number, "L2/L1" how many times the other's it is; a run's name does as well. */
static bool measured_value(const json_t *object, const json_t *row, double *value)
{
	const char *quantity = channel_text(row, "quantity", "");
	double part[2] = {0, 1};
	char name[2][32] = {"", ""};
	int names = sscanf(channel_text(row, "level", ""), "%31[^/]/%31s", name[0], name[1]);

	if (names < 1)
		return false;
	for (int i = 0; i < names; i++) {
		const json_t *run = run_of(object, row, name[i]);
		struct measurement m = quantity_row(run, row);
		struct ratio ratio;

		if (!quantity_of(run, &m, quantity, &ratio) || (i > 0 && !ratio.sum))
			return false;
		part[i] = (double)ratio.sum / (double)ratio.count;
	}
	*value = part[0] / part[1];
	return true;
}

/* "stream", or "stream 64" where a row says a size. */
static const char *operation_of(const json_t *row, char text[64])
{
	const char *name = channel_text(row, "operation", "n/a");
	uint64_t size;

	if (!channel_number(row, "size", &size))
		return name;
	snprintf(text, 64, "%s %" PRIu64, name, size);
	return text;
}

enum { CELLS = 11 };

/* What nobody published stands there too, without a number of theirs. */
static void each_line(const json_t *object, cells_writer *write, void *to)
{
	const json_t *values = json_object_get(json_object_get(object, "published"), "values"),
		     *row;
	size_t i;

	json_array_foreach (values, i, row) {
		const json_t *theirs = json_object_get(row, "value");
		char operation[64];
		double ours = 0;
		bool known = measured_value(object, row, &ours);
		struct cells_compared both = cells_compare(json_is_number(theirs),
							   json_number_value(theirs), known, ours);
		const char *const cells[CELLS] = {operation_of(row, operation),
						  channel_text(row, "level", "n/a"),
						  channel_text(row, "l0", "testudo"),
						  channel_text(row, "vmcs", "n/a"),
						  channel_text(row, "mmu", "n/a"),
						  channel_text(row, "quantity", "n/a"),
						  both.theirs,
						  both.ours,
						  both.difference,
						  both.percent,
						  channel_text(row, "source", "n/a")};

		write(to, cells, CELLS);
	}
}

bool table_comparison(const struct result *result, const json_t *object)
{
	struct csv csv;

	if (!table_open(&csv, result, "comparison.csv",
			"operation,level,l0,vmcs,mmu,quantity,published,measured,difference,"
			"difference_percent,source"))
		return false;
	each_line(object, cells_csv, &csv);
	return csv_close(&csv);
}

/* Whose the number is, is in the names of the runs on a page and on the terminal. */
static const char *const heads[CELLS] = {"workload",   "runs",     "l0",        "vmcs",
					 "mmu",        "quantity", "published", "measured",
					 "difference", "%",        "source"};
static const int widths[CELLS] = {-12, -40, 0, 0, 0, -21, 10, 10, 10, 8, 0};

static void put_page_row(void *page, const char *const cells[], size_t count)
{
	const char *shorter[CELLS];
	size_t used = 0;

	for (size_t i = 0; i < count; i++)
		if (widths[i] || i == count - 1)
			shorter[used++] = cells[i];
	cells_markdown(page, shorter, used);
}

void table_comparison_page(FILE *page, const json_t *object)
{
	put_page_row(page, heads, CELLS);
	cells_markdown_rule(page, CELLS - 3);
	each_line(object, put_page_row, page);
}

void table_comparison_show(const json_t *object, FILE *out)
{
	struct cells_terminal terminal = {out, widths};

	cells_terminal(&terminal, heads, CELLS);
	each_line(object, cells_terminal, &terminal);
}
