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

/* A guest's line without the marks that L0s inside of its machine gave. */
static void write_guest(FILE *file, unsigned machine, const char *words)
{
	fprintf(file, "%s%s\n", machine ? CHANNEL_NEIGHBOUR_MARK : CHANNEL_GUEST_MARK, words);
}

void channel_log_line(struct channel_log *log, const char *line)
{
	const char *object = strstr(line, "{\"t\":"), *words, *mark;
	unsigned machine;

	if (!log->file || is_banner(log, line))
		return;
	mark = log->bare ? NULL : channel_mark(line, &machine, &words);
	if (mark && (!object || mark < object))
		write_guest(log->file, machine, words);
	else if (log->bare ? *line : object != NULL) /* the engine's words may stand before it */
		fprintf(log->file, "%s\n", log->bare ? line : object);
}

void channel_log_close(struct channel_log *log)
{
	if (log->file)
		fclose(log->file);
	log->file = NULL;
}
