// SPDX-License-Identifier: Apache-2.0
#include "suites.h"

#include <stdlib.h>

int main(void)
{
	Suite *suite = suite_create("vmcs-merge");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, fields_cases());
	suite_add_tcase(suite, caps_cases());
	suite_add_tcase(suite, check_cases());
	suite_add_tcase(suite, merge_cases());
	suite_add_tcase(suite, group_cases());
	suite_add_tcase(suite, reflect_cases());
	suite_add_tcase(suite, evmcs_cases());
	suite_add_tcase(suite, shadow_cases());
	runner = srunner_create(suite);
	/* One process: a sanitizer report ends it, a failure as well; a fork a row is slow. */
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
