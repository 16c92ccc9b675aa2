// SPDX-License-Identifier: Apache-2.0
#include "engines/template.h"
#include "lib/complain.h"
#include "lib/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct template_word *find_word(const struct template_word *words, const char *name,
					     size_t length)
{
	for (; words->name; words++)
		if (strlen(words->name) == length && !strncmp(words->name, name, length))
			return words;
	return NULL;
}

/* A word is capitals, digits and underscores between two at-signs; other at-signs are text. */
static size_t word_length(const char *at)
{
	size_t length = strspn(at + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return length && at[1 + length] == '@' ? length : 0;
}

/* Comment lines speak of words without meaning them. */
static int fill_line(const char *line, const struct template_word *words, FILE *out)
{
	while (*line) {
		size_t length = *line == '@' ? word_length(line) : 0;
		const struct template_word *word =
			length ? find_word(words, line + 1, length) : NULL;

		if (length && !word)
			return complain("unknown word @%.*s@ in a template", (int)length, line + 1);
		if (word) {
			fputs(word->value, out);
			line += length + 2;
		} else {
			fputc(*line++, out);
		}
	}
	fputc('\n', out);
	return 0;
}

int template_fill(const char *source, const struct template_word *words, const char *target)
{
	char *text = file_read(source);
	FILE *out = text ? fopen(target, "we") : NULL;
	char *rest = text;
	int status = 0;

	if (!out) {
		free(text);
		return complain("%s cannot be read or %s not written", source, target);
	}
	for (char *line; status == 0 && (line = strsep(&rest, "\n"));)
		if (*line && *line != '#')
			status = fill_line(line, words, out);
	if (fclose(out) && status == 0)
		status = complain("%s cannot be written", target);
	free(text);
	return status;
}
