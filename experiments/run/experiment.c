// SPDX-License-Identifier: Apache-2.0
#include "run/experiment.h"
#include "lib/channel.h"
#include "lib/complain.h"
#include "lib/paths.h"
#include "machine/variants.h"
#include "run/definition.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUFFIX ".json"

static int is_definition(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > strlen(SUFFIX) && !strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX);
}

void experiments_list(void)
{
	char *directory = tree_path("experiments/definitions");
	struct dirent **entries;
	int count = scandir(directory, &entries, is_definition, alphasort);

	for (int i = 0; i < count; i++) {
		char *path = text_format("%s/%s", directory, entries[i]->d_name);
		json_t *definition = json_load_file(path, 0, NULL);

		printf("  %.*s  %s\n", (int)(strlen(entries[i]->d_name) - strlen(SUFFIX)),
		       entries[i]->d_name, channel_text(definition, "title", ""));
		json_decref(definition);
		free(path);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	free(directory);
}

/* Markers of one's own are in no table of operations. */
static void choose_operations(json_t *definition)
{
	if (!strcmp(channel_text(definition, "table", ""), "marks") &&
	    !json_object_get(definition, "operations"))
		json_object_set_new(definition, "operations", json_array());
}

json_t *experiment_load_file(const char *path)
{
	json_error_t error;
	json_t *definition = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

	if (!definition) {
		complain("%s line %d: %s", path, error.line, error.text);
		return NULL;
	}
	if (definition_check(definition, path)) {
		json_decref(definition);
		return NULL;
	}
	choose_operations(definition);
	variants_expand(definition);
	return definition;
}

json_t *experiment_load(const char *name)
{
	char *path = text_format("%s/experiments/definitions/%s" SUFFIX, tree_top(), name);
	json_t *definition = NULL;

	/* A name, not a way out of the folder. */
	if (strchr(name, '/') || access(path, R_OK))
		complain(
			"unknown experiment \"%s\"; testudo list shows them, and --definition FILE "
			"takes one of your own",
			name);
	else
		definition = experiment_load_file(path);
	free(path);
	return definition;
}
