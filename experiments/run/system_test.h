/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engines/engine.h"

#include <stdbool.h>
#include <stddef.h>

/* One machine that is booted and the end it must come to: a row of tests/system.def. */

#define SYSTEM_TEST_REASON 400

enum system_test_on { FAST, BOTH, BARE, BARE_SMP, NO_VMX };

struct system_guest {
	const char *kernel, *initrd, *words, *knobs;
};

struct system_test {
	const char *name;
	enum system_test_on on;
	struct system_guest guest, neighbour; /* of a neighbour's absence the kernel is NULL */
	double limit;
	const char *why;
	uint64_t status;
	const char *console, *absent;
	bool lengthy; /* for make check-long, not make check */
};

extern const struct system_test system_tests[];
extern const size_t system_test_count;

bool system_test_fits(const struct system_test *test, const struct engine *engine);
/* Runs it, with its console and channel kept in @directory. False: @reason says why. */
bool system_test_run(const struct system_test *test, const struct engine *engine,
		     const char *directory, char reason[SYSTEM_TEST_REASON]);
