/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>

/*
 * An experiment is data: definitions/NAME.json says which guests run at which level and what is
 * made of their lines.
 */

void experiments_list(void);
/* The definition by its name, which the caller releases; NULL after a complaint. */
json_t *experiment_load(const char *name);
/* The same of one's own, from a file. */
json_t *experiment_load_file(const char *path);
