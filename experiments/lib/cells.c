// SPDX-License-Identifier: Apache-2.0
#include "lib/cells.h"
#include "lib/csv.h"

void cells_csv(void *to, const char *const cells[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		csv_text(to, cells[i]);
	csv_end_row(to);
}

void cells_markdown(void *to, const char *const cells[], size_t count)
{
	fputc('|', to);
	for (size_t i = 0; i < count; i++)
		fprintf(to, " %s |", cells[i]);
	fputc('\n', to);
}

void cells_markdown_rule(FILE *page, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fputs("|---", page);
	fputs("|\n", page);
}

void cells_terminal(void *to, const char *const cells[], size_t count)
{
	const struct cells_terminal *terminal = to;
	const char *gap = "";

	for (size_t i = 0; i < count; i++) {
		if (!terminal->width[i])
			continue;
		fprintf(terminal->out, "%s%*s", gap, terminal->width[i], cells[i]);
		gap = " ";
	}
	fputc('\n', terminal->out);
}

void cell_number(char text[32], bool known, const char *format, double value)
{
	if (known)
		snprintf(text, 32, format, value);
	else
		snprintf(text, 32, "n/a");
}

struct cells_compared cells_compare(bool published, double theirs, bool measured, double ours)
{
	bool both = published && measured;
	struct cells_compared text;

	cell_number(text.theirs, published, "%.3f", theirs);
	cell_number(text.ours, measured, "%.3f", ours);
	cell_number(text.difference, both, "%+.3f", ours - theirs);
	cell_number(text.percent, both && theirs > 0, "%+.1f", (ours / theirs - 1) * 100);
	return text;
}
