/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>
#include <stddef.h>

/*
 * Complains about the first thing in @definition, read from @path, that an experiment cannot be
 * made of: a key that is missing, unknown or of the wrong type, an operation or an end that there
 * is not. 0, or a status after a complaint.
 */
int definition_check(const json_t *definition, const char *path);

/* The modules of @run ("initrd": one "FILE WORDS" or an array of them) into @modules, which has
 * RUN_MODULES_MAX places; returns how many. */
size_t definition_modules(const json_t *run, const char *modules[]);
