/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: words apart by spaces, the first of which may be the name of the file. */
#ifndef MICRO_OPTIONS_H
#define MICRO_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum end { END_DEBUG_EXIT, END_HALT, END_POWEROFF };

struct options {
	uint64_t operations; /* bit i: the operation with number i is wanted */
	uint64_t iterations; /* 0: each operation's own */
	unsigned int cpus;   /* 1 to CPUS_MAX, at work at once */
	enum end end;
	bool verbose;
	char level[8];  /* "" : find out */
	char wrong[64]; /* the word that was not understood */
};

/* False when a word is not understood: it stands in `wrong`, what came before it is in force. */
bool options_parse(struct options *options, const char *line);

#endif
