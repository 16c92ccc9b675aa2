// SPDX-License-Identifier: Apache-2.0
#include <check.h>
#include <stdlib.h>

#include "suites.h"

struct mock_vmcs *mock;

int main(void)
{
	Suite *suite = suite_create("memory");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, paging_tests());
	suite_add_tcase(suite, segment_tests());
	suite_add_tcase(suite, ram_tests());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
