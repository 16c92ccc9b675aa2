/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "lib/channel.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * The file that keeps a run's data channel: the JSON lines of L0 and, behind the mark that L0 gave
 * them, the guests' lines as they are; a mark that several L0s one in the other gave stands once.
 * What the engine itself says is not in it. Without L0 all lines are the guest's and bear no mark.
 */
struct channel_log {
	FILE *file; /* NULL: none is kept */
	bool bare;
	bool begun;  /* a line has come */
	bool banner; /* inside of what the engine says of itself when it starts */
};

/* False, with errno, when @path cannot be written; NULL keeps none. */
bool channel_log_open(struct channel_log *log, const char *path, bool bare);
void channel_log_line(struct channel_log *log, const char *line);
void channel_log_close(struct channel_log *log);
