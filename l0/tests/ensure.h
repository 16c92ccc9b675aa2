/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_ENSURE_H
#define TESTS_ENSURE_H

#include <check.h>

/* For loops: Check notes each of its own assertions in a file, a million of them take a minute. */
#define ensure(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			ck_abort_msg("%s:%d: %s", __FILE__, __LINE__, #condition);                 \
	} while (0)

#endif
