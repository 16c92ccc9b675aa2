// SPDX-License-Identifier: Apache-2.0
#include "quoted.h"
#include "suites.h"

#include <stdlib.h>
#include <string.h>

json_t *quoted_json(const char *text)
{
	char *copy = strdup(text);
	json_t *json;

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	json = json_loads(copy, 0, NULL);
	free(copy);
	ck_assert_msg(json != NULL, "no JSON: %s", text);
	return json;
}
