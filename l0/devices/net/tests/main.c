// SPDX-License-Identifier: Apache-2.0
#include "suites.h"

#include <stdlib.h>

int main(void)
{
	TCase *(*const cases[])(void) = {
		frame_tests,        segment_tests, queue_tests, switch_tests,
		switch_model_tests, line_tests,    wire_tests,  peer_tests,
	};
	Suite *suite = suite_create("net");
	SRunner *runner;
	int failed;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		suite_add_tcase(suite, cases[i]());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
