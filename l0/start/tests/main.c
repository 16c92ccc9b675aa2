// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "suites.h"

int main(void)
{
	Suite *suite = suite_create("start");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, settings_cases());
	suite_add_tcase(suite, partition_cases());
	suite_add_tcase(suite, devices_cases());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
