// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"
#include "lib/complain.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The words that are still to come. */
struct words {
	char **next;
	int left;
};

static const struct option_row *find_option(const struct command *command, const char *name,
					    size_t length)
{
	const struct option_row *row;

	for (row = command->options; row && row->name; row++)
		if (strlen(row->name) == length && !strncmp(row->name, name, length))
			return row;
	return NULL;
}

/* Digits only: no sign, no blank, no rest, nothing that wraps round. */
static int take_number(const struct option_row *row, const char *value, unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(value, &end, 10);
	if (!*value || strspn(value, "0123456789") != strlen(value) || errno || *end ||
	    *number < row->low || *number > row->high)
		return complain("--%s: \"%s\" is not a number from %lu to %lu", row->name, value,
				row->low, row->high);
	return 0;
}

static int check_file(const struct option_row *row, const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return complain("--%s: %s: %s; give an existing file", row->name, path,
				strerror(errno));
	if (!S_ISREG(status.st_mode))
		return complain("--%s: %s is not a file; give a file", row->name, path);
	if (access(path, R_OK))
		return complain("--%s: %s cannot be read: %s", row->name, path, strerror(errno));
	return 0;
}

/* Nothing is made yet: what a run keeps is begun when all else has been found good. */
static int check_place(const struct option_row *row, const char *path)
{
	char *copy = text_format("%s", path);
	struct stat status;
	int problem = 0;

	if (stat(path, &status))
		problem = access(dirname(copy), W_OK | X_OK) ? errno : 0;
	else if (S_ISDIR(status.st_mode))
		problem = EISDIR;
	else if (access(path, W_OK))
		problem = errno;
	free(copy);
	return problem ? complain("--%s: %s cannot be written: %s; give another place", row->name,
				  path, strerror(problem))
		       : 0;
}

static int take_another(const struct option_row *row, const char *value, struct word_list *list)
{
	if (list->count == REPEATED_MAX)
		return complain("--%s: more than %d", row->name, REPEATED_MAX);
	list->word[list->count++] = value;
	return 0;
}

/* --memory 512 is --set memory=512. */
static int take_knob(const struct option_row *row, const char *value, struct request *request)
{
	unsigned long number;
	int status = take_number(row, value, &number);
	char *setting;

	if (status)
		return status;
	setting = text_format("%s=%s", row->name, value);
	status = take_another(row, setting, &request->settings);
	if (status)
		free(setting);
	else
		request->owned[request->owned_count++] = setting;
	return status;
}

/* The file is looked for by its own name first: it may have blanks. */
static int take_module(const struct option_row *row, const char *value, struct word_list *list)
{
	struct stat status;
	char *name = text_format(
		"%.*s", stat(value, &status) ? (int)strcspn(value, " ") : (int)strlen(value),
		value);
	int problem = check_file(row, name);

	free(name);
	return problem ? problem : take_another(row, value, list);
}

static int take_value(const struct option_row *row, const char *value, struct request *request)
{
	void *field = (char *)request + row->offset;

	if (!*value && row->kind != OPTION_WORDS)
		return complain("--%s: the value is empty; give %s", row->name, row->argument);
	switch (row->kind) {
	case OPTION_NUMBER:
		return take_number(row, value, field);
	case OPTION_SETTING:
		return take_another(row, value, field);
	case OPTION_KNOB:
		return take_knob(row, value, request);
	case OPTION_MODULE:
		return take_module(row, value, field);
	case OPTION_FILE:
		*(const char **)field = value;
		return check_file(row, value);
	case OPTION_PLACE:
		*(const char **)field = value;
		return check_place(row, value);
	case OPTION_TEXT:
	case OPTION_WORDS:
		*(const char **)field = value;
		break;
	case OPTION_FLAG:
		break;
	}
	return 0;
}

/* --name, --name VALUE or --name=VALUE */
static int take_option(const struct command *command, const char *word, struct words *words,
		       struct request *request)
{
	size_t length = strcspn(word, "=");
	const struct option_row *row = find_option(command, word, length);

	if (!row)
		return complain("%s: unknown option --%.*s; see testudo %s --help", command->name,
				(int)length, word, command->name);
	if (row->kind == OPTION_FLAG) {
		if (word[length])
			return complain("--%s takes no value", row->name);
		*(bool *)((char *)request + row->offset) = true;
		return 0;
	}
	if (word[length])
		return take_value(row, word + length + 1, request);
	if (!words->left)
		return complain("--%s: the value is missing; give %s", row->name, row->argument);
	words->left--;
	return take_value(row, *words->next++, request);
}

static int take_subject(const struct command *command, const char *word, struct request *request)
{
	if (!command->subject)
		return complain("%s: unexpected word \"%s\"; see testudo %s --help", command->name,
				word, command->name);
	if (request->subject)
		return complain("%s: \"%s\" is one word too many; give one %s", command->name, word,
				command->subject);
	if (!*word)
		return complain("%s: the name is empty; give %s", command->name, command->subject);
	request->subject = word;
	return 0;
}

int options_parse(const struct command *command, int count, char *words_in[],
		  struct request *request)
{
	struct words words = {words_in, count};
	int status = 0;

	while (status == 0 && words.left) {
		char *word = *words.next++;

		words.left--;
		if (!strncmp(word, "--", 2))
			status = take_option(command, word + 2, &words, request);
		else
			status = take_subject(command, word, request);
	}
	if (status == 0 && command->subject && !command->subject_optional && !request->subject)
		return complain("%s: the name is missing; give %s (see testudo %s --help)",
				command->name, command->subject, command->name);
	return status;
}

void options_release(struct request *request)
{
	for (size_t i = 0; i < request->owned_count; i++)
		free(request->owned[i]);
	request->owned_count = 0;
}

void options_help(const struct command *command)
{
	const char *open = command->subject_optional ? "[" : "";
	const char *close = command->subject_optional ? "]" : "";
	const struct option_row *row;

	printf("usage: testudo %s", command->name);
	if (command->subject)
		printf(" %s%s%s", open, command->subject, close);
	printf("%s\n%s\n", command->options ? " [OPTION...]" : "", command->about);
	for (row = command->options; row && row->name; row++) {
		char *left = text_format("--%s%s%s", row->name, row->argument ? " " : "",
					 row->argument ? row->argument : "");

		printf("  %-22s %s\n", left, row->help);
		free(left);
	}
	printf("  %-22s %s\n", "--help", "this text");
	if (command->more)
		printf("\n%s", command->more);
}
