// SPDX-License-Identifier: Apache-2.0
#include "suites.h"

#include <stdlib.h>

int main(void)
{
	TCase *(*const cases[])(void) = {
		identity_tests, eeprom_tests,  transmit_tests, offload_tests,
		receive_tests,  verify_tests,  filter_tests,   interrupt_tests,
		traffic_tests,  hostile_tests, fuzz_tests,
	};
	Suite *suite = suite_create("e1000");
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
