// SPDX-License-Identifier: Apache-2.0
#include "lib/paths.h"
#include "lib/complain.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *tree_top(void)
{
	static char top[PATH_MAX];
	ssize_t length;

	if (top[0])
		return top;
	length = readlink("/proc/self/exe", top, sizeof(top) - 1);
	top[length > 0 ? length : 0] = '\0';
	for (int level = 0; level < 3; level++) {
		char *slash = strrchr(top, '/');

		if (slash)
			*slash = '\0';
	}
	return top;
}

char *tree_path(const char *below)
{
	return text_format("%s/%s", tree_top(), below);
}

char *cache_path(const char *below)
{
	const char *own = getenv("TESTUDO_CACHE");
	const char *general = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (own && *own)
		return text_format("%s/%s", own, below);
	if (general && *general)
		return text_format("%s/testudo/%s", general, below);
	return text_format("%s/.cache/testudo/%s", home ? home : "", below);
}
