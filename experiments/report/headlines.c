// SPDX-License-Identifier: Apache-2.0
#include "report/headlines.h"
#include "lib/channel.h"
#include "report/html.h"
#include "report/rows.h"

#include <stdlib.h>

void headlines_begin(FILE *page)
{
	fputs("<table class=\"h\"><thead><tr><th class=\"t\">experiment</th><th "
	      "class=\"t\">what</th>"
	      "<th>measured</th><th>beside</th><th class=\"t\">whose</th></tr></thead>\n",
	      page);
}

void headlines_end(FILE *page)
{
	fputs("</table>\n", page);
}

static void put_cell(FILE *page, const struct rows *rows, size_t row, const char *column)
{
	const char *text = column ? rows_cell(rows, row, rows_column(rows, column)) : "";
	double value = strtod(text, NULL);
	char whole[32];

	/* Of thousands nobody reads the thousandths. */
	snprintf(whole, sizeof(whole), "%.0f", value);
	fputs("<td>", page);
	html_number(page, value >= 1000 && value < 1e15 ? whole : text);
	fputs("</td>", page);
}

static void put_count(FILE *page, const struct rows *rows, const json_t *where)
{
	size_t count = 0;

	for (size_t row = 0; (row = rows_next(rows, where, row));)
		count++;
	fprintf(page, "<td>%zu of %zu</td><td></td>", count, rows->count - 1);
}

/* A headline whose row this result does not have is left out. */
static void put_headline(FILE *page, const char *name, const json_t *headline,
			 const struct rows *rows)
{
	const json_t *where = json_object_get(headline, "where");
	bool counts = json_is_true(json_object_get(headline, "count"));
	size_t row = rows_next(rows, where, 0);

	if (!row && !counts)
		return;
	fputs("<tr><td class=\"t\"><a href=\"#", page);
	html_text(page, name);
	fputs("\">", page);
	html_text(page, name);
	fputs("</a></td><td class=\"w\">", page);
	html_text(page, channel_text(headline, "says", ""));
	fputs("</td>", page);
	if (counts) {
		put_count(page, rows, where);
	} else {
		put_cell(page, rows, row, channel_text(headline, "column", ""));
		put_cell(page, rows, row, channel_text(headline, "beside", NULL));
	}
	fputs("<td class=\"t\">", page);
	html_text(page, channel_text(headline, "whose", ""));
	fputs("</td></tr>\n", page);
}

void headlines_put(FILE *page, const char *name, const json_t *headlines, const char *directory)
{
	const json_t *headline;
	size_t i;

	json_array_foreach (headlines, i, headline) {
		struct rows rows;

		if (rows_read(&rows, directory, channel_text(headline, "table", "")))
			put_headline(page, name, headline, &rows);
		rows_free(&rows);
	}
}
