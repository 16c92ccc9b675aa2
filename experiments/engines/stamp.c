// SPDX-License-Identifier: Apache-2.0
#include "engines/stamp.h"
#include "lib/complain.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SHA256_DIGITS 64

/* A line of sha256sum: the sum, two blanks, the name. */
static bool take_patch(json_t *patches, const char *line)
{
	if (strspn(line, "0123456789abcdef") != SHA256_DIGITS ||
	    strncmp(line + SHA256_DIGITS, "  ", 2) != 0)
		return false;
	json_object_set_new(patches, line + SHA256_DIGITS + 2, json_stringn(line, SHA256_DIGITS));
	return true;
}

/* A line "KEY WORDS" of those that are the same on every host. */
static void take_words(json_t *source, const char *line)
{
	static const char *const keys[] = {"tarball", "configure", "cflags"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t length = strlen(keys[i]);

		if (!strncmp(line, keys[i], length) && line[length] == ' ')
			json_object_set_new(source, keys[i], json_string(line + length + 1));
	}
}

json_t *stamp_read(const char *text)
{
	json_t *source = json_object(), *patches = json_object();
	char *copy = text_format("%s", text), *rest = copy;

	for (char *line; (line = strsep(&rest, "\n"));)
		if (!take_patch(patches, line))
			take_words(source, line);
	free(copy);
	json_object_set_new(source, "patches", patches);
	if (json_object_get(source, "tarball"))
		return source;
	json_decref(source);
	return NULL;
}
