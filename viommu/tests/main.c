// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "suites.h"

int main(void)
{
	Suite *suite = suite_create("viommu");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, register_cases());
	suite_add_tcase(suite, command_cases());
	suite_add_tcase(suite, reason_cases());
	suite_add_tcase(suite, record_cases());
	suite_add_tcase(suite, queue_cases());
	suite_add_tcase(suite, interrupt_cases());
	suite_add_tcase(suite, posted_cases());
	suite_add_tcase(suite, compose_cases());
	suite_add_tcase(suite, teardown_cases());
	suite_add_tcase(suite, page_cases());
	suite_add_tcase(suite, same_cases());
	suite_add_tcase(suite, random_cases());
	suite_add_tcase(suite, churn_cases());
	suite_add_tcase(suite, hostile_cases());
	suite_add_tcase(suite, fuzz_cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
