/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engines/terminal.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * COM1 of the machine. Interactive: a pseudo-terminal, joined to stdin and stdout. In batch: a
 * file that the engine writes itself, so that nothing is lost when this side is slow.
 */

#define CONSOLE_POLLS 2

struct console {
	bool tty;
	bool quit;        /* Ctrl-A x */
	uint64_t written; /* interactive: bytes of the guest's that have come */
	char *device;     /* what the engine is told to open */
	int master, slave;
	bool input_open;
	struct escape escape;
	char pending[256]; /* keys on their way to the guest */
	size_t pending_count;
	int log; /* a copy of the output; -1 for none */
};

/* False after a line that says why. */
bool console_open(struct console *console, bool interactive, const char *log,
		  const char *directory);
void console_polls(struct console *console, struct pollfd polls[CONSOLE_POLLS]);
void console_serve(struct console *console, const struct pollfd polls[CONSOLE_POLLS]);
/* How many bytes the guest has written so far. */
uint64_t console_written(const struct console *console);
void console_close(struct console *console);

/*
 * What the engine is told to open for the neighbour's console: @place made absolute, or a file in
 * @directory if it is NULL; *tty: it is a terminal, which a person may have open. The caller frees
 * it.
 */
char *console_of_neighbour(const char *place, const char *directory, bool *tty);
