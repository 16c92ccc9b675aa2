// SPDX-License-Identifier: Apache-2.0
#include "tables/iommu.h"
#include "lib/cells.h"
#include "lib/channel.h"
#include "tables/tables.h"

#include <inttypes.h>
#include <string.h>

/* Fields of L0's line, by their columns. */
static const struct column {
	const char *name, *head;
} columns[] = {
	{"mapped_most", "pages mapped at the most"},
	{"translated", "requests translated"},
	{"dropped", "pages taken out"},
	{"descriptors", "descriptors"},
	{"faults", "faults"},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static const json_t *iommu_of(const json_t *run)
{
	const json_t *event;
	size_t i;

	json_array_foreach (json_object_get(run, "events"), i, event)
		if (!strcmp(channel_text(event, "t", ""), "iommu"))
			return event;
	return NULL;
}

static void write_row(const json_t *run, const json_t *iommu, cells_writer *write, void *to)
{
	const char *cells[1 + COLUMNS] = {channel_text(run, "name", "n/a")};
	char text[COLUMNS][32];

	for (size_t c = 0; c < COLUMNS; c++) {
		uint64_t value = 0;
		bool known = channel_number(iommu, columns[c].name, &value);

		snprintf(text[c], sizeof(text[c]), known ? "%" PRIu64 : "n/a", value);
		cells[1 + c] = text[c];
	}
	write(to, cells, 1 + COLUMNS);
}

static void write_rows(const json_t *object, cells_writer *write, void *to)
{
	const json_t *run;
	size_t i;

	json_array_foreach (json_object_get(object, "runs"), i, run)
		if (iommu_of(run))
			write_row(run, iommu_of(run), write, to);
}

static bool any(const json_t *object)
{
	const json_t *run;
	size_t i;

	json_array_foreach (json_object_get(object, "runs"), i, run)
		if (iommu_of(run))
			return true;
	return false;
}

bool iommu_table(const struct result *result, const json_t *object)
{
	char header[256] = "run";
	struct csv csv;

	if (!any(object))
		return true;
	for (size_t c = 0; c < COLUMNS; c++)
		strcat(strcat(header, ","), columns[c].name);
	if (!table_open(&csv, result, "iommu.csv", header))
		return false;
	write_rows(object, cells_csv, &csv);
	return csv_close(&csv);
}

void iommu_page(FILE *page, const json_t *object)
{
	const char *heads[1 + COLUMNS] = {"run"};

	for (size_t c = 0; c < COLUMNS; c++)
		heads[1 + c] = columns[c].head;
	cells_markdown(page, heads, 1 + COLUMNS);
	cells_markdown_rule(page, 1 + COLUMNS);
	write_rows(object, cells_markdown, page);
}
