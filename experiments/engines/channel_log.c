// SPDX-License-Identifier: Apache-2.0
#include "engines/channel_log.h"
#include "../l0/measure/frame.h"

#include <string.h>

/* Bochs says who it is between two such lines, before its machine has executed anything. */
#define RULE "========================================"

bool channel_log_open(struct channel_log *log, const char *path, bool bare)
{
	*log = (struct channel_log){.file = path ? fopen(path, "we") : NULL, .bare = bare};
	return !path || log->file;
}

static bool is_banner(struct channel_log *log, const char *line)
{
	bool rule = !strncmp(line, RULE, strlen(RULE)), first = !log->begun;

	log->begun = true;
	if (rule && (first || log->banner)) {
		log->banner = first;
		return true;
	}
	return log->banner;
}

/* The engine may have left words of its own before ours on the line. */
static const char *of_l0(const char *line)
{
	const char *object = strstr(line, "{\"t\":"), *mark = strstr(line, CHANNEL_GUEST_MARK);
	const char *next;

	if (!mark || (object && object < mark))
		return object;
	while ((next = mark + strlen(CHANNEL_GUEST_MARK)) &&
	       !strncmp(next, CHANNEL_GUEST_MARK, strlen(CHANNEL_GUEST_MARK)))
		mark = next;
	return mark;
}

void channel_log_line(struct channel_log *log, const char *line)
{
	if (!log->file || is_banner(log, line))
		return;
	if (!log->bare)
		line = of_l0(line);
	if (line && *line)
		fprintf(log->file, "%s\n", line);
}

void channel_log_close(struct channel_log *log)
{
	if (log->file)
		fclose(log->file);
	log->file = NULL;
}
