/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tables/result.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * For how long a device went on with what its driver had unmapped: L0's line "window" of each run
 * that has one (knob replay).
 */

/* Of a run: what L0 counted under that name, and the longest window that was seen to its end. */
bool windows_counted(const json_t *run, const char *name, uint64_t *value);
bool windows_longest(const json_t *run, uint64_t *ticks);

/* windows.csv, if any run has the line; else nothing. */
bool windows_table(const struct result *result, const json_t *object);
/* The same on a page, where @WINDOWS@ stands, and on the terminal. */
void windows_page(FILE *page, const json_t *object);
void windows_show(const json_t *object, FILE *out);
