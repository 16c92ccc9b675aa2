/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/* A private directory under TMPDIR, or NULL after a complaint; the caller frees the name. */
char *scratch_make(void);
/* Removes a directory and all in it; a missing one is no error. */
void scratch_remove(const char *directory);

/* Whole files. Reading returns NULL when the file cannot be read; the caller frees the text. */
char *file_read(const char *path);
bool file_write(const char *path, const char *text);
bool file_exists(const char *path);
/* Makes @path and its parents. */
bool directory_make(const char *path);
