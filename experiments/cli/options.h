/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * The command line: one table per command. Everything is checked here before anything starts, so
 * that bad input costs one line and status 2.
 */

#define REPEATED_MAX 62 /* of each option that may be given again and again */

/* The values of such an option, in their order. */
struct word_list {
	const char *word[REPEATED_MAX];
	size_t count;
};

/* What the options of all commands can say; a command's table says which it takes. */
struct request {
	const char *subject; /* the word after the command: an experiment, a test's name */
	const char *engine;
	const char *out;
	const char *definition;
	const char *peer;
	const char *l1;
	const char *kernel;
	const char *append;
	const char *console_log;
	const char *channel_log;
	const char *disk;
	const char *disk_out;
	unsigned long cpus;
	unsigned long timeout;
	unsigned long jobs;
	bool bare;
	bool lengthy; /* --long */
	bool keep;
	struct word_list modules;  /* --initrd "FILE WORDS" */
	struct word_list settings; /* --set KEY=VALUE */
	const char *neighbour;     /* the second machine's kernel, and the same of it */
	const char *neighbour_append;
	const char *neighbour_console;
	const char *neighbour_disk;
	struct word_list neighbour_modules;
	struct word_list neighbour_settings;
	char *owned[REPEATED_MAX]; /* settings that the command line has as an option */
	size_t owned_count;
};

enum option_kind {
	OPTION_FLAG,    /* bool */
	OPTION_TEXT,    /* const char *, not empty */
	OPTION_WORDS,   /* const char *, may be empty */
	OPTION_FILE,    /* const char *, a file that can be read */
	OPTION_PLACE,   /* const char *, a file that can be made or written */
	OPTION_NUMBER,  /* unsigned long between low and high */
	OPTION_SETTING, /* struct word_list, one more KEY=VALUE */
	OPTION_KNOB,    /* the same, by the knob's own name: a number between low and high */
	OPTION_MODULE,  /* struct word_list, one more module, "FILE" or "FILE WORDS" */
};

struct option_row {
	const char *name; /* without the dashes; NULL ends a table */
	enum option_kind kind;
	size_t offset;        /* in struct request */
	const char *argument; /* what --help calls the value; NULL for a flag */
	const char *help;
	unsigned long low, high;
};

struct command {
	const char *name;
	const char *about;   /* one line */
	const char *subject; /* what the word after it is; NULL: takes none */
	bool subject_optional;
	const struct option_row *options;
	const char *more; /* further lines of --help, or NULL */
	int (*run)(const struct request *request);
};

/* Fills @request from the words after the command's name. 0, or a status after a complaint. */
int options_parse(const struct command *command, int count, char *words[], struct request *request);
/* Frees what options_parse made, after a complaint of it too. */
void options_release(struct request *request);
void options_help(const struct command *command);
