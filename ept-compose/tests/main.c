// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "suites.h"

int main(void)
{
	Suite *suite = suite_create("ept-compose");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, pool_cases());
	suite_add_tcase(suite, build_cases());
	suite_add_tcase(suite, walk_cases());
	suite_add_tcase(suite, compose_cases());
	suite_add_tcase(suite, slot_cases());
	suite_add_tcase(suite, random_cases());
	suite_add_tcase(suite, spt_cases());
	suite_add_tcase(suite, spt_random_cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
