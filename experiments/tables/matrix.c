// SPDX-License-Identifier: Apache-2.0
/* The same guests under every combination of knobs, one line each. */
#include "tables/matrix.h"
#include "lib/channel.h"
#include "lib/csv.h"
#include "machine/variants.h"
#include "tables/measurement.h"
#include "tables/tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A line, as text: what is not known says so. The order is that of matrix.csv. */
enum cell {
	CELL_VMCS,
	CELL_MERGE,
	CELL_MMU,
	CELL_L1_BOOT,
	CELL_L2_BOOT,
	CELL_IN_L0,
	CELL_IN_L1,
	CELL_IN_L2,
	CELL_EXITS,
	CELL_MULTIPLICATION,
	CELL_CPUID_EXITS,
	CELL_CPUID_TICKS,
	CELLS,
};

struct line {
	char text[CELLS][32];
};

static const struct {
	const char *title;
	int width;
} columns[CELLS] = {
	[CELL_VMCS] = {"vmcs", -7},
	[CELL_MERGE] = {"merge", -8},
	[CELL_MMU] = {"mmu", -17},
	[CELL_L1_BOOT] = {"L1 boot", 14},
	[CELL_L2_BOOT] = {"L2 boot", 14},
	[CELL_IN_L0] = {"in L0", 14},
	[CELL_IN_L1] = {"in L1", 14},
	[CELL_IN_L2] = {"in L2", 14},
	[CELL_EXITS] = {"exits", 10},
	[CELL_MULTIPLICATION] = {"per L2 exit", 12},
	[CELL_CPUID_EXITS] = {"CPUID exits", 12},
	[CELL_CPUID_TICKS] = {"CPUID ticks", 12},
};

static void set_count(struct line *line, enum cell cell, bool known, uint64_t value)
{
	snprintf(line->text[cell], sizeof(line->text[cell]), known ? "%" PRIu64 : "n/a", value);
}

static void set_ratio(struct line *line, enum cell cell, bool known, struct ratio ratio)
{
	ratio_text(line->text[cell], ratio.sum, known ? ratio.count : 0);
}

static struct measurement find(const json_t *run, const char *level, const char *operation)
{
	return measurement_find(json_object_get(run, "events"), level, operation_find(operation));
}

/* From the start of L2's VMM to L2's init, everything that L1 does for it included. */
static void set_boot(struct line *line, const struct measurement *boot)
{
	static const char *const levels[] = {"l0", "l1", "l2"};
	struct ratio ratio = {0};
	uint64_t number = 0;
	bool known;

	known = channel_number(boot->measure, "elapsed", &number);
	set_count(line, CELL_L2_BOOT, known, number);
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		known = measurement_ticks_in(boot, levels[i], &ratio);
		set_count(line, CELL_IN_L0 + (unsigned int)i, known, ratio.sum);
	}
	known = measurement_exits(boot, &ratio);
	set_count(line, CELL_EXITS, known, ratio.sum);
	known = measurement_multiplication(boot, &ratio, &number);
	set_ratio(line, CELL_MULTIPLICATION, known, ratio);
}

static void set_cpuid(struct line *line, const struct measurement *cpuid)
{
	struct ratio ratio = {0};
	uint64_t ticks = 0;
	bool known;

	known = measurement_exits(cpuid, &ratio);
	set_ratio(line, CELL_CPUID_EXITS, known, ratio);
	known = measurement_minimum(cpuid, &ticks);
	set_count(line, CELL_CPUID_TICKS, known, ticks);
}

static struct line line_of(const json_t *run)
{
	static const char *const knobs[] = {"vmcs", "merge", "mmu"};
	struct measurement l1 = find(run, "L1", "l1-boot"), l2 = find(run, "L2", "l2-boot");
	struct measurement cpuid = find(run, "L2", "cpuid");
	struct line line;
	uint64_t ticks = 0;
	bool known = measurement_minimum(&l1, &ticks);

	for (size_t i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++)
		snprintf(line.text[CELL_VMCS + i], sizeof(line.text[0]), "%s",
			 variants_value(run, knobs[i]));
	set_count(&line, CELL_L1_BOOT, known, ticks);
	set_boot(&line, &l2);
	set_cpuid(&line, &cpuid);
	return line;
}

bool matrix_table(const struct result *result, const json_t *object)
{
	const json_t *run;
	struct csv csv;
	size_t i;

	if (!table_open(&csv, result, "matrix.csv",
			"vmcs,merge,mmu,l1_boot_ticks,l2_boot_ticks,l2_boot_ticks_in_l0,"
			"l2_boot_ticks_in_l1,l2_boot_ticks_in_l2,l2_boot_exits,"
			"l2_boot_multiplication_mean,cpuid_exits_per_op,cpuid_ticks_min"))
		return false;
	json_array_foreach (json_object_get(object, "runs"), i, run) {
		struct line line = line_of(run);

		for (size_t c = 0; c < CELLS; c++)
			csv_text(&csv, line.text[c]);
		csv_end_row(&csv);
	}
	return csv_close(&csv);
}

/* The title of its block where another mmu begins, then the bars. */
static void figure_row(FILE *file, const struct line *line, const char *mmu_before)
{
	if (strcmp(line->text[CELL_MMU], mmu_before))
		fprintf(file, "%s%s\n", *mmu_before ? "\n\n" : "", line->text[CELL_MMU]);
	fprintf(file, "%s, %s\t%s\t%s\t%s\t%s\n", line->text[CELL_VMCS], line->text[CELL_MERGE],
		line->text[CELL_IN_L2], line->text[CELL_IN_L1], line->text[CELL_IN_L0],
		line->text[CELL_CPUID_TICKS]);
}

bool matrix_figure(const struct result *result, const json_t *object)
{
	char *path = result_file(result, "figure.dat");
	FILE *file = fopen(path, "we");
	struct line line = {0};
	bool good = file != NULL;
	const json_t *run;
	size_t i;

	free(path);
	if (!good)
		return false;
	fprintf(file,
		"# by mmu: combination, ticks of L2's boot in L2, L1, L0, ticks of a CPUID\n");
	json_array_foreach (json_object_get(object, "runs"), i, run) {
		struct line next = line_of(run);

		figure_row(file, &next, line.text[CELL_MMU]);
		line = next;
	}
	good = !ferror(file);
	return fclose(file) == 0 && good;
}

void matrix_show(const json_t *object, FILE *out)
{
	const json_t *run;
	size_t i;

	for (size_t c = 0; c < CELLS; c++)
		fprintf(out, "%*s", columns[c].width, columns[c].title);
	fputc('\n', out);
	json_array_foreach (json_object_get(object, "runs"), i, run) {
		struct line line = line_of(run);

		for (size_t c = 0; c < CELLS; c++)
			fprintf(out, "%*s", columns[c].width, line.text[c]);
		fputc('\n', out);
	}
	fprintf(out, "boots: of L1 to its init, of L2 from the start of QEMU to L2's init; "
		     "1 tick = 1 instruction\n");
}
