// SPDX-License-Identifier: Apache-2.0
#include "report/report.h"
#include "lib/channel.h"
#include "lib/complain.h"
#include "lib/paths.h"
#include "report/headlines.h"
#include "report/html.h"
#include "report/section.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The results that a page is made of, in the order of their folders' names. */
struct results {
	size_t count;
	struct found {
		char *directory;
		json_t *object; /* its result.json */
		json_t *words;  /* its definition: "about" and "headlines"; NULL for one's own */
	} * all;
};

static const char page_head[] =
	"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	"<meta name=\"viewport\" content=\"width=device-width\"><title>Testudo: results</title>\n"
	"<style>body{font:16px/1.45 sans-serif;color:#222;max-width:68em;margin:2em auto;padding:0 "
	"1em}"
	"h1,h2,h3{line-height:1.2}h2{margin:0;padding-top:1.2em;border-top:2px solid #2a5d8f}"
	"h3{font-weight:normal;margin:.2em 0 1em;color:#555}section{margin-top:3em}"
	"table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}"
	"table.h{font-size:15px}td,th{padding:.25em .7em;text-align:right;vertical-align:top;"
	"border-bottom:1px solid #ddd;white-space:nowrap}th{background:#f2f5f8;font-weight:600}"
	".t,td.w{text-align:left}td.w{white-space:normal;min-width:15em}"
	"div.s{overflow-x:auto;max-height:40em;margin:.5em 0}"
	"details{margin:.3em 0}summary{cursor:pointer;color:#2a5d8f}"
	"pre{background:#f2f5f8;padding:.6em .8em;overflow-x:auto}"
	"figure{margin:1em 0}svg{max-width:100%;height:auto}p.f{overflow-wrap:anywhere}"
	"code{font-size:12px}nav li{margin:.15em 0}</style></head><body>\n"
	"<h1>Testudo: results</h1>\n"
	"<p>What every level of a nested machine costs. L0 owns the machine, L1 is the guest "
	"hypervisor, L2 its guest. A tick is one emulated instruction on the emulated engine: "
	"counts "
	"are exact and the same everywhere, ticks are no cycles. Each section has its figure, what "
	"it shows, the command that makes it again, and its rows folded away.</p>\n";

static void add(struct results *results, const char *directory)
{
	char *path = text_format("%s/result.json", directory), *definition;
	json_t *object = json_load_file(path, 0, NULL);
	const char *name = channel_text(object, "experiment", "?");

	free(path);
	if (!object)
		return;
	results->all = realloc(results->all, (results->count + 1) * sizeof(*results->all));
	if (!results->all)
		abort();
	definition = text_format("%s/experiments/definitions/%s.json", tree_top(), name);
	results->all[results->count++] = (struct found){
		.directory = text_format("%s", directory),
		.object = object,
		.words = strchr(name, '/') ? NULL : json_load_file(definition, 0, NULL),
	};
	free(definition);
}

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The folder itself and each folder in it that has a result. */
static void find(struct results *results, const char *directory)
{
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, is_shown, alphasort);

	add(results, directory);
	for (int i = 0; i < count; i++) {
		char *below = text_format("%s/%s", directory, entries[i]->d_name);

		add(results, below);
		free(below);
		free(entries[i]);
	}
	free(entries);
}

static void release(struct results *results)
{
	for (size_t i = 0; i < results->count; i++) {
		free(results->all[i].directory);
		json_decref(results->all[i].object);
		json_decref(results->all[i].words);
	}
	free(results->all);
}

static void put_contents(FILE *page, const struct results *results)
{
	fputs("<nav><ul>\n", page);
	for (size_t i = 0; i < results->count; i++) {
		const json_t *object = results->all[i].object;
		const char *name = channel_text(object, "experiment", "?");

		fputs("<li><a href=\"#", page);
		html_text(page, name);
		fputs("\">", page);
		html_text(page, name);
		fputs("</a>: ", page);
		html_text(page, channel_text(object, "title", ""));
		fputs("</li>\n", page);
	}
	fputs("</ul></nav>\n", page);
}

static void put_headlines(FILE *page, const struct results *results)
{
	headlines_begin(page);
	for (size_t i = 0; i < results->count; i++) {
		const struct found *found = &results->all[i];

		headlines_put(page, channel_text(found->object, "experiment", "?"),
			      json_object_get(found->words, "headlines"), found->directory);
	}
	headlines_end(page);
}

static bool put_page(const char *fresh, const struct results *results)
{
	FILE *page = fopen(fresh, "we");
	bool good;

	if (!page)
		return false;
	fputs(page_head, page);
	put_contents(page, results);
	put_headlines(page, results);
	for (size_t i = 0; i < results->count; i++)
		section_put(page, results->all[i].object, results->all[i].words,
			    results->all[i].directory);
	fputs("</body></html>\n", page);
	good = !ferror(page);
	return fclose(page) == 0 && good;
}

int report_write(const char *directory, const char *place, unsigned int *found)
{
	struct results results = {0};
	char *fresh = text_format("%s.new", place);
	int status = 0;

	find(&results, directory);
	*found = (unsigned int)results.count;
	if (!results.count) {
		status = complain("no result in %s; testudo run EXPERIMENT makes one", directory);
	} else if (!put_page(fresh, &results) || rename(fresh, place)) {
		status = complain("--out: %s cannot be written: %s", place, strerror(errno));
		remove(fresh);
	}
	release(&results);
	free(fresh);
	return status;
}
