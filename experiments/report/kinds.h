/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tables/result.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* What is made of a result object: the kind of its tables ("table" of a definition). */

/* Is there such a kind? */
bool kind_known(const char *name);
/* Every table of @object into @result; false when one cannot be written. */
bool kind_write(const struct result *result, const json_t *object);
/* What the terminal shows of it. */
void kind_show(const json_t *object, FILE *out);
