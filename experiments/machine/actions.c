// SPDX-License-Identifier: Apache-2.0
/* What L1's init does at testudo.do=: each action is a file whose first lines say what it is. */
#include "lib/complain.h"
#include "lib/paths.h"
#include "lib/scratch.h"
#include "machine/images.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACTIONS "workloads/images/l1/actions"

/* The first sentence of the comment that the file begins with, its lines joined. */
static void print_about(const char *name, char *text)
{
	bool named = !strncmp(text, "# ", 2) && !strncmp(text + 2, name, strlen(name));

	printf("  %s", named ? "" : name);
	fputs(named ? "" : ":", stdout);
	for (char *line; (line = strsep(&text, "\n")) && !strncmp(line, "# ", 2);) {
		char *end = strstr(line, ". ");

		if (end)
			*end = '\0';
		printf("%s%s", named ? "" : " ", line + 2);
		named = false;
		if (end || line[strlen(line) - 1] == '.')
			break;
	}
	printf("\n");
}

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

void actions_list(void)
{
	char *directory = tree_path(ACTIONS);
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, is_shown, alphasort);

	for (int i = 0; i < count; i++) {
		char *path = text_format("%s/%s", directory, entries[i]->d_name);
		char *text = file_read(path);

		if (text)
			print_about(entries[i]->d_name, text);
		free(text);
		free(path);
		free(entries[i]);
	}
	free(entries);
	free(directory);
}
