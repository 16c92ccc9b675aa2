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
	const json_t *run, *iommu;
	size_t i;

	json_array_foreach (json_object_get(object, "runs"), i, run) {
		iommu = channel_first(run, "iommu");
		if (iommu)
			write_row(run, iommu, write, to);
	}
}

bool iommu_table(const struct result *result, const json_t *object)
{
	char header[256] = "run";
	struct csv csv;

	if (!channel_any(object, "iommu"))
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
