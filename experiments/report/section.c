// SPDX-License-Identifier: Apache-2.0
#include "report/section.h"
#include "lib/channel.h"
#include "lib/complain.h"
#include "lib/scratch.h"
#include "report/html.h"
#include "report/rows.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The figure goes into the page itself, from its svg element on. */
static void put_figure(FILE *page, const char *directory, const char *name)
{
	char *path = text_format("%s/%s.svg", directory, name);
	char *text = file_read(path);
	const char *svg = text ? strstr(text, "<svg") : NULL;

	if (svg)
		fprintf(page, "<figure>%s</figure>\n", svg);
	free(text);
	free(path);
}

static void put_about(FILE *page, const json_t *words)
{
	const json_t *line;
	size_t i;

	json_array_foreach (json_object_get(words, "about"), i, line)
		if (json_is_string(line))
			html_element(page, "p", json_string_value(line));
	fputc('\n', page);
}

static void put_facts(FILE *page, const char *heading, const json_t *facts)
{
	const char *name;
	json_t *value;

	if (!json_object_size(facts))
		return;
	fprintf(page, "<p class=\"f\">%s:", heading);
	json_object_foreach ((json_t *)facts, name, value) {
		char *text = json_is_string(value) ? text_format("%s", json_string_value(value))
						   : json_dumps(value, JSON_ENCODE_ANY);
		char *fact = text_format("%s=%s", name, text ? text : "");

		fputc(' ', page);
		html_element(page, "code", fact);
		free(fact);
		free(text);
	}
	fputs("</p>\n", page);
}

static void put_command(FILE *page, const json_t *object, const char *name)
{
	char *plain = text_format("./testudo run %s", name);

	fputs("<pre>", page);
	html_text(page, channel_text(object, "command", plain));
	fputs("</pre>\n", page);
	free(plain);
}

/* What a reader looks for first stands first. */
static void put_tables(FILE *page, const char *directory, const char *peer)
{
	static const char *const tables[] = {
		"comparison.csv", "goals.csv",      "smp.csv",          "peer.csv", "levels.csv",
		"matrix.csv",     "operations.csv", "measurements.csv", "sums.csv", "charged.csv",
	};
	struct rows rows;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (rows_read(&rows, directory, tables[i]))
			html_rows(page, &rows, tables[i], peer);
		rows_free(&rows);
	}
}

/* A hypervisor by its name, not by its part: "kvm" of the result as "KVM". */
static char *peer_title(const json_t *object)
{
	char *title = text_format("%s", channel_text(object, "peer", ""));

	for (char *c = title; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return title;
}

void section_put(FILE *page, const json_t *object, const json_t *words, const char *directory)
{
	const char *name = channel_text(object, "experiment", "?");
	char *peer = peer_title(object);
	const char *note = channel_text(json_object_get(object, "published"), "note", NULL);

	fputs("<section id=\"", page);
	html_text(page, name);
	fputs("\">\n", page);
	html_element(page, "h2", name);
	html_element(page, "h3", channel_text(object, "title", ""));
	put_figure(page, directory, name);
	put_about(page, words);
	put_command(page, object, name);
	put_tables(page, directory, peer);
	fputs("<details><summary>what it was measured with</summary>\n", page);
	html_element(page, "p", channel_text(object, "paper", ""));
	if (note)
		html_element(page, "p", note);
	put_facts(page, "Knobs", json_object_get(object, "knobs"));
	put_facts(page, "Engine", json_object_get(object, "engine_source"));
	put_facts(page, "SHA-256", json_object_get(object, "sha256"));
	fputs("</details>\n</section>\n", page);
	free(peer);
}
