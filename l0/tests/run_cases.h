/* SPDX-License-Identifier: Apache-2.0 */
/* What main() of each unit test of L0's does. */
#ifndef TESTS_RUN_CASES_H
#define TESTS_RUN_CASES_H

#include <check.h>
#include <stddef.h>
#include <stdlib.h>

typedef TCase *make_cases(void);

/* Runs them all as the suite @name, each test in a process of its own; main()'s status. */
static inline int run_cases(const char *name, make_cases *const cases[], size_t count)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	int failed;

	for (size_t i = 0; i < count; i++)
		suite_add_tcase(suite, cases[i]());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define RUN_CASES(name, cases) run_cases(name, cases, sizeof(cases) / sizeof((cases)[0]))

#endif
