// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include "suites.h"

int main(void)
{
	Suite *suite = suite_create("eli");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, idt_cases());
	suite_add_tcase(suite, fault_cases());
	suite_add_tcase(suite, apic_cases());
	suite_add_tcase(suite, mode_cases());
	suite_add_tcase(suite, guard_cases());
	suite_add_tcase(suite, hostile_cases());
	suite_add_tcase(suite, order_cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
