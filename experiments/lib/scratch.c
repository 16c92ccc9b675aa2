// SPDX-License-Identifier: Apache-2.0
#include "lib/scratch.h"
#include "lib/complain.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *scratch_make(void)
{
	const char *top = getenv("TMPDIR");
	char *path = text_format("%s/testudo-XXXXXX", top && *top ? top : "/tmp");

	if (mkdtemp(path))
		return path;
	complain("no private directory in %s: %s; set TMPDIR to one that can be written",
		 top && *top ? top : "/tmp", strerror(errno));
	free(path);
	return NULL;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

void scratch_remove(const char *directory)
{
	nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

char *file_read(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;
	ssize_t length;

	if (!file)
		return NULL;
	length = getdelim(&text, &room, '\0', file);
	if (length < 0) {
		bool failed = ferror(file) != 0;

		free(text);
		text = failed ? NULL : text_format("%s", "");
	}
	fclose(file);
	return text;
}

bool file_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");
	bool good;

	if (!file)
		return false;
	good = fputs(text, file) >= 0;
	return fclose(file) == 0 && good;
}

bool file_exists(const char *path)
{
	return access(path, R_OK) == 0;
}

bool directory_make(const char *path)
{
	char *copy = text_format("%s", path);
	bool good = true;

	for (char *c = copy + 1; good && *c; c++) {
		if (*c != '/')
			continue;
		*c = '\0';
		good = mkdir(copy, 0777) == 0 || errno == EEXIST;
		*c = '/';
	}
	good = good && (mkdir(copy, 0777) == 0 || errno == EEXIST);
	free(copy);
	return good;
}
