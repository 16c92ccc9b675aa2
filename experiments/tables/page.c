// SPDX-License-Identifier: Apache-2.0
#include "tables/page.h"
#include "lib/channel.h"
#include "lib/complain.h"
#include "lib/paths.h"
#include "lib/scratch.h"
#include "tables/pick.h"
#include "tables/quantity.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void page_put_calibration(FILE *out, const json_t *object)
{
	const json_t *calibration = json_object_get(object, "calibration");
	uint64_t ticks = 0;

	channel_number(calibration, "ticks_per_exit", &ticks);
	fprintf(out, "`charge=%s`: %" PRIu64 " ticks for each exit. %s\n",
		channel_text(calibration, "name", "none"), ticks,
		channel_text(calibration, "source", "No cost model."));
}

/* "KEY=VALUE KEY=VALUE" as a row of a definition has them; @words is cut up. */
static json_t *row_of(char *words)
{
	json_t *row = json_object();
	uint64_t number;

	for (char *word; (word = strsep(&words, " "));) {
		char *key = strsep(&word, "=");

		if (!word)
			continue;
		number = strtoull(word, NULL, 10);
		json_object_set_new(row, key,
				    strcmp(key, "size") ? json_string(word)
							: json_integer((json_int_t)number));
	}
	return row;
}

/* Large numbers as people write them, small ones with a digit behind the point. */
static void put_number(FILE *page, const struct ratio *value)
{
	double number = (double)value->sum / (double)value->count;
	uint64_t whole = (uint64_t)(number + 0.5);

	if (number < 100 && value->sum % value->count)
		fprintf(page, "%.1f", number);
	else if (whole < 1000)
		fprintf(page, "%" PRIu64, whole);
	else if (whole < 1000000)
		fprintf(page, "%" PRIu64 ",%03" PRIu64, whole / 1000, whole % 1000);
	else
		fprintf(page, "%.1f million", number / 1e6);
}

static void put_quantity(FILE *page, const json_t *object, char *words)
{
	json_t *row = row_of(words);
	const struct pick pick = pick_of(row);
	const json_t *run = pick_run(object, &pick);
	struct measurement m = quantity_row(run, row);
	struct ratio value;

	if (quantity_of(run, &m, channel_text(row, "quantity", ""), &value) && value.count)
		put_number(page, &value);
	else
		fputs("n/a", page);
	json_decref(row);
}

static void put_words(FILE *page, const json_t *object, char *line, const char *end)
{
	for (char *at, *stop; (at = strstr(line, "@[")) && (stop = strstr(at, "]@"));
	     line = stop + 2) {
		*at = *stop = '\0';
		fputs(line, page);
		put_quantity(page, object, at + 2);
	}
	fprintf(page, "%s%s", line, end);
}

static void put_line(FILE *page, const json_t *object, const struct page_part *parts, char *line,
		     const char *end)
{
	while (parts->line && strcmp(line, parts->line))
		parts++;
	if (parts->line)
		parts->put(page, object);
	else if (!strcmp(line, "@CALIBRATION@"))
		page_put_calibration(page, object);
	else
		put_words(page, object, line, end);
}

bool page_write(const struct result *result, const json_t *object, const struct page_part *parts)
{
	const char *name = channel_text(object, "experiment", "");
	char *source = text_format("%s/experiments/pages/%s.md", tree_top(), name);
	char *target = text_format("%s/%s.md", result->work, name);
	char *text = file_read(source), *rest = text;
	bool none = !text && errno == ENOENT;
	FILE *page = text ? fopen(target, "we") : NULL;
	bool good = page != NULL;

	for (char *line; good && (line = strsep(&rest, "\n"));)
		put_line(page, object, parts, line, rest ? "\n" : "");
	good = good && !ferror(page);
	if (page)
		good = fclose(page) == 0 && good;
	free(text);
	free(target);
	free(source);
	return good || none;
}
