/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * The person's side of an interactive run. On a terminal Ctrl-A is the escape: Ctrl-A x quits,
 * Ctrl-A d asks what the guest does, Ctrl-A Ctrl-A sends one. Input from a pipe or file goes
 * through as it is.
 */

/* Raw mode when stdin is a terminal, restored at exit whatever happens. */
void terminal_raw(void);
void terminal_restore(void);

struct escape {
	bool active;  /* stdin is a terminal */
	bool pending; /* Ctrl-A was the last key */
	bool asked;   /* Ctrl-A d: see escape_asked() */
};

/* Has Ctrl-A d come since this was last called? */
bool escape_asked(struct escape *escape);

/* Takes escapes out of @keys in place, returns how many are left; *quit is set at Ctrl-A x. */
size_t escape_filter(struct escape *escape, char *keys, size_t count, bool *quit);

/* The size of the window that a person looks at; false when stdin or stdout is no terminal, or one
 * that does not know its size. */
bool terminal_size(unsigned int *rows, unsigned int *columns);
