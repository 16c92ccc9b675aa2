/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Which files can be booted: what l0/load takes as L1, and GRUB without L0. */

/*
 * @path itself or, when gzip has compressed it, a file with its content, its name without ".gz", in
 * the directory *place, which is made when needed and the caller's to remove. The caller frees the
 * path; NULL after a complaint.
 */
char *kernel_unpack(const char *path, char **place);

/* A Linux kernel that unpacks itself. */
bool kernel_is_bzimage(const char *path);

/*
 * Complains about a file that no loader takes: with @bare GRUB, else L0. @name is what the user
 * calls it. 0, or a status after a complaint.
 */
int kernel_check(const char *name, const char *path, bool bare);
