// SPDX-License-Identifier: Apache-2.0
#include "suites.h"

int main(void)
{
	Suite *suite = suite_create("measure");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, guest_line_tests());
	suite_add_tcase(suite, counters_tests());
	suite_add_tcase(suite, base64_tests());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
