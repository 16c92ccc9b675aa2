// SPDX-License-Identifier: Apache-2.0
/* One page, without anything outside of it: every result's figure, comparison and table. */
#include "cli/commands.h"
#include "lib/channel.h"
#include "lib/complain.h"
#include "lib/paths.h"
#include "lib/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(struct request, name)

static const struct option_row options[] = {
	{"out", OPTION_TEXT, FIELD(out), "FILE", "the page's place (.build/report.html)", 0, 0},
	{0},
};

static const char page_head[] =
	"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Testudo: "
	"results</title>\n"
	"<style>body{font:15px sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
	"table{border-collapse:collapse;margin:1em 0}td,th{padding:.2em .6em;text-align:right;"
	"border-bottom:1px solid #ddd}td:first-child,th:first-child,td.t{text-align:left}"
	"svg{max-width:100%;height:auto}code{font-size:12px}</style></head><body>\n"
	"<h1>Testudo: results</h1>\n";

static void put_escaped(FILE *page, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			fputs("&lt;", page);
		else if (*text == '&')
			fputs("&amp;", page);
		else if (*text == '"')
			fputs("&quot;", page);
		else
			fputc(*text, page);
	}
}

/* One cell off the front of a CSV line, unquoted in place; NULL at the line's end. */
static char *take_cell(char **rest)
{
	char *cell = *rest, *out = cell, *in = cell;
	bool quoted;

	if (!cell)
		return NULL;
	quoted = *in == '"';
	in += quoted;
	while (*in && (quoted || *in != ',')) {
		if (quoted && *in == '"' && in[1] != '"') {
			quoted = false;
			in++;
			continue;
		}
		in += quoted && *in == '"';
		*out++ = *in++;
	}
	*rest = *in == ',' ? in + 1 : NULL;
	*out = '\0';
	return cell;
}

static void put_table(FILE *page, const char *directory, const char *name)
{
	char *path = text_format("%s/%s", directory, name);
	char *text = file_read(path), *rest = text;
	const char *tag = "th";

	free(path);
	if (!text)
		return;
	fprintf(page, "<h3>%s</h3>\n<table>\n", name);
	for (char *line; (line = strsep(&rest, "\n"));) {
		if (!*line)
			continue;
		fputs("<tr>", page);
		for (char *cell; (cell = take_cell(&line));) {
			fprintf(page, "<%s>", tag);
			put_escaped(page, cell);
			fprintf(page, "</%s>", tag);
		}
		fputs("</tr>\n", page);
		tag = "td";
	}
	fputs("</table>\n", page);
	free(text);
}

/* The figure goes into the page itself, from its svg element on. */
static void put_figure(FILE *page, const char *directory, const char *name)
{
	char *path = text_format("%s/%s.svg", directory, name);
	char *text = file_read(path);
	const char *svg = text ? strstr(text, "<svg") : NULL;

	if (svg)
		fputs(svg, page);
	free(text);
	free(path);
}

static void put_facts(FILE *page, const char *heading, const json_t *facts)
{
	const char *name;
	json_t *value;

	fprintf(page, "<p>%s:", heading);
	json_object_foreach ((json_t *)facts, name, value) {
		char *text = json_is_string(value) ? text_format("%s", json_string_value(value))
						   : json_dumps(value, JSON_ENCODE_ANY);

		fprintf(page, " <code>%s=", name);
		put_escaped(page, text ? text : "");
		fputs("</code>", page);
		free(text);
	}
	fputs("</p>\n", page);
}

static bool put_result(FILE *page, const char *directory)
{
	char *path = text_format("%s/result.json", directory);
	json_t *object = json_load_file(path, 0, NULL);
	const char *name = channel_text(object, "experiment", "?");

	free(path);
	if (!object)
		return false;
	fputs("<h2>", page);
	put_escaped(page, name);
	fputs("</h2>\n<p>", page);
	put_escaped(page, channel_text(object, "title", ""));
	fputs("<br>After: ", page);
	put_escaped(page, channel_text(object, "paper", "?"));
	fputs("</p>\n", page);
	put_figure(page, directory, name);
	put_table(page, directory, "comparison.csv");
	fputs("<p>", page);
	put_escaped(page, channel_text(json_object_get(object, "published"), "note", ""));
	fputs("</p>\n", page);
	put_table(page, directory, "goals.csv");
	put_table(page, directory, "peer.csv");
	put_table(page, directory, "levels.csv");
	put_table(page, directory, "matrix.csv");
	put_table(page, directory, "operations.csv");
	put_table(page, directory, "sums.csv");
	put_facts(page, "Knobs", json_object_get(object, "knobs"));
	put_facts(page, "SHA-256", json_object_get(object, "sha256"));
	json_decref(object);
	return true;
}

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The folder itself or each folder in it that has a result. Returns how many had. */
static unsigned int put_results(FILE *page, const char *directory)
{
	struct dirent **entries = NULL;
	unsigned int found = put_result(page, directory) ? 1 : 0;
	int count = scandir(directory, &entries, is_shown, alphasort);

	for (int i = 0; i < count; i++) {
		char *below = text_format("%s/%s", directory, entries[i]->d_name);

		found += put_result(page, below) ? 1 : 0;
		free(below);
		free(entries[i]);
	}
	free(entries);
	return found;
}

static int write_page(const char *fresh, const char *place, const char *directory)
{
	FILE *page = fopen(fresh, "we");
	unsigned int found;
	bool good;

	if (!page)
		return complain("--out: %s cannot be written: %s", place, strerror(errno));
	fputs(page_head, page);
	found = put_results(page, directory);
	fputs("</body></html>\n", page);
	good = !ferror(page);
	good = fclose(page) == 0 && good;
	if (!found) {
		remove(fresh);
		return complain("no result in %s; testudo run EXPERIMENT makes one", directory);
	}
	if (!good || rename(fresh, place)) {
		remove(fresh);
		return complain("--out: %s cannot be written: %s", place, strerror(errno));
	}
	printf("%u results: %s\n", found, place);
	return STATUS_DONE;
}

static int run(const struct request *request)
{
	char *directory =
		request->subject ? text_format("%s", request->subject) : tree_path("results");
	char *place =
		request->out ? text_format("%s", request->out) : tree_path(".build/report.html");
	char *fresh = text_format("%s.new", place);
	int status = write_page(fresh, place, directory);

	free(directory);
	free(place);
	free(fresh);
	return status;
}

const struct command command_report = {
	.name = "report",
	.about = "the figures and comparisons of results/ (or DIR) as one page",
	.subject = "DIR",
	.subject_optional = true,
	.options = options,
	.run = run,
};
