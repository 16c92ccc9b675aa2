/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>

/* JSON with the other quotation mark, so that C needs no backslashes. None fails the test. */
json_t *quoted_json(const char *text);
