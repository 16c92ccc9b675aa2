// SPDX-License-Identifier: Apache-2.0
#include "tables/page.h"
#include "lib/channel.h"
#include "lib/complain.h"
#include "lib/paths.h"
#include "lib/scratch.h"

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

static void put_line(FILE *page, const json_t *object, const struct page_part *parts,
		     const char *line, const char *end)
{
	while (parts->line && strcmp(line, parts->line))
		parts++;
	if (parts->line)
		parts->put(page, object);
	else if (!strcmp(line, "@CALIBRATION@"))
		page_put_calibration(page, object);
	else
		fprintf(page, "%s%s", line, end);
}

bool page_write(const struct result *result, const json_t *object, const struct page_part *parts)
{
	const char *name = channel_text(object, "experiment", "");
	char *source = text_format("%s/experiments/pages/%s.md", tree_top(), name);
	char *target = text_format("%s/%s.md", result->work, name);
	char *text = file_read(source), *rest = text;
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
	return good;
}
