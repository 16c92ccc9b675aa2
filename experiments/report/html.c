// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

void html_text(FILE *page, const char *text)
{
	static const struct {
		char letter;
		const char *written;
	} marks[] = {{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}};

	for (; *text; text++) {
		const char *written = NULL;

		for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
			if (marks[i].letter == *text)
				written = marks[i].written;
		if (written)
			fputs(written, page);
		else
			fputc(*text, page);
	}
}

void html_element(FILE *page, const char *tag, const char *text)
{
	fprintf(page, "<%s>", tag);
	html_text(page, text);
	fprintf(page, "</%s>", tag);
}

static bool is_number(const char *text)
{
	size_t sign = text[0] == '-' || text[0] == '+';

	return text[sign] >= '0' && text[sign] <= '9' &&
	       strspn(text + sign, "0123456789.") == strlen(text + sign);
}

void html_number(FILE *page, const char *text)
{
	size_t sign = text[0] == '-' || text[0] == '+', digits;

	if (!is_number(text)) {
		html_text(page, text);
		return;
	}
	fprintf(page, "%.*s", (int)sign, text);
	text += sign;
	digits = strcspn(text, ".");
	for (size_t i = 0; i < digits; i++)
		fprintf(page, "%s%c", i && (digits - i) % 3 == 0 ? "," : "", text[i]);
	/* Three noughts behind the point say nothing. */
	if (strcmp(text + digits, ".000") != 0)
		fputs(text + digits, page);
}

/* "peer_ticks_min" as "KVM ticks min". */
static void put_head(FILE *page, const char *name, const char *peer)
{
	fputs("<th>", page);
	while (*name) {
		size_t length = strcspn(name, "_");

		if (length == 4 && !strncmp(name, "peer", 4))
			html_text(page, peer);
		else
			fprintf(page, "%.*s", (int)length, name);
		name += length + (name[length] == '_');
		if (*name)
			fputc(' ', page);
	}
	fputs("</th>", page);
}

/* Words stand to the left, and long ones in a column that is wide enough to read. */
static void put_cell(FILE *page, const char *text, const char *peer)
{
	bool number = is_number(text) || !strcmp(text, "n/a");

	fputs(number ? "<td>" : strlen(text) > 24 ? "<td class=\"w\">" : "<td class=\"t\">", page);
	if (number)
		html_number(page, text);
	else
		html_text(page, !strcasecmp(text, peer) ? peer : text);
	fputs("</td>", page);
}

void html_rows(FILE *page, const struct rows *rows, const char *title, const char *peer)
{
	fputs("<details><summary>", page);
	html_text(page, title);
	fprintf(page, ": %zu rows</summary>\n<div class=\"s\"><table><thead><tr>", rows->count - 1);
	for (size_t c = 0; c < rows->columns; c++)
		put_head(page, rows_cell(rows, 0, c), peer);
	fputs("</tr></thead>\n", page);
	for (size_t r = 1; r < rows->count; r++) {
		fputs("<tr>", page);
		for (size_t c = 0; c < rows->columns; c++)
			put_cell(page, rows_cell(rows, r, c), peer);
		fputs("</tr>\n", page);
	}
	fputs("</table></div></details>\n", page);
}
