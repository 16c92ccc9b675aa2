// SPDX-License-Identifier: Apache-2.0
#include "tables/result.h"
#include "lib/complain.h"
#include "lib/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int check_target(const char *target)
{
	struct stat status;

	if (stat(target, &status) == 0 && !S_ISDIR(status.st_mode))
		return complain("--out: %s is not a directory; give another place", target);
	return 0;
}

static char *parent_of(const char *path)
{
	char *parent = text_format("%s", path);
	char *slash = strrchr(parent, '/');

	if (!slash)
		snprintf(parent, strlen(path) + 1, ".");
	else if (slash == parent)
		slash[1] = '\0';
	else
		*slash = '\0';
	return parent;
}

int result_begin(struct result *result, const char *target)
{
	int status = check_target(target);
	char *parent;

	*result = (struct result){0};
	if (status)
		return status;
	result->target = text_format("%s", target);
	for (size_t end = strlen(target); end > 1 && target[end - 1] == '/'; end--)
		result->target[end - 1] = '\0';
	result->work = text_format("%s.new-XXXXXX", result->target);
	parent = parent_of(result->target);
	if (!directory_make(parent) || !mkdtemp(result->work)) {
		status = complain("--out: %s cannot be made: %s; give another place",
				  result->target, strerror(errno));
		free(result->work);
		free(result->target);
		*result = (struct result){0};
	} else {
		chmod(result->work, 0755);
	}
	free(parent);
	return status;
}

char *result_file(const struct result *result, const char *name)
{
	return text_format("%s/%s", result->work, name);
}

/* Sorted keys and one number format: the same data gives the same bytes. */
bool result_json(const struct result *result, const char *name, const json_t *object)
{
	char *path = result_file(result, name);
	bool good = json_dump_file(object, path, JSON_INDENT(1) | JSON_SORT_KEYS) == 0;
	FILE *file = good ? fopen(path, "ae") : NULL;

	good = file && fputc('\n', file) != EOF;
	if (file && fclose(file))
		good = false;
	free(path);
	return good;
}

static bool move_entry(const struct result *result, const char *name)
{
	char *from = result_file(result, name);
	char *to = text_format("%s/%s", result->target, name);
	bool good = rename(from, to) == 0;

	free(from);
	free(to);
	return good;
}

/* Into a directory that is there already: each file by its own rename. */
static bool move_entries(const struct result *result)
{
	DIR *directory = opendir(result->work);
	struct dirent *entry;
	bool good = directory != NULL;

	while (good && (entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			good = move_entry(result, entry->d_name);
	if (directory)
		closedir(directory);
	return good && rmdir(result->work) == 0;
}

int result_commit(struct result *result)
{
	int status = 0;

	if (rename(result->work, result->target) && !move_entries(result))
		status = give_up(STATUS_NO_RESULT, "%s cannot be put in place: %s", result->target,
				 strerror(errno));
	result_abandon(result);
	return status;
}

void result_abandon(struct result *result)
{
	if (result->work)
		scratch_remove(result->work);
	free(result->work);
	free(result->target);
	*result = (struct result){0};
}
