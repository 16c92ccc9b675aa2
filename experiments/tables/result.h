/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/*
 * A result directory. It is written beside its place and takes it at the end, so that a run that
 * fails leaves what was there untouched, and nothing half-written. Files of other names that stand
 * in the place already stay.
 */
struct result {
	char *target;
	char *work;
};

/* 0, or a status after a complaint. Also checks that the place can be written, before a long run.
 */
int result_begin(struct result *result, const char *target);
/* The path of a file in it; the caller frees it. */
char *result_file(const struct result *result, const char *name);
bool result_json(const struct result *result, const char *name, const json_t *object);
/* Puts all in place. 0, or a status after a complaint. */
int result_commit(struct result *result);
void result_abandon(struct result *result);
