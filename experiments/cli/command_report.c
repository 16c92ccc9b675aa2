// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "lib/complain.h"
#include "lib/paths.h"
#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>

#define FIELD(name) offsetof(struct request, name)

static const struct option_row options[] = {
	{"out", OPTION_TEXT, FIELD(out), "FILE", "the page's place (.build/report.html)", 0, 0},
	{0},
};

static int run(const struct request *request)
{
	char *directory =
		request->subject ? text_format("%s", request->subject) : tree_path("results");
	char *place =
		request->out ? text_format("%s", request->out) : tree_path(".build/report.html");
	unsigned int found;
	int status = report_write(directory, place, &found);

	if (status == 0)
		printf("%u results: %s\n", found, place);
	free(directory);
	free(place);
	return status;
}

const struct command command_report = {
	.name = "report",
	.about = "headline numbers, figures and comparisons of results/ (or DIR) as one page",
	.subject = "DIR",
	.subject_optional = true,
	.options = options,
	.run = run,
};
