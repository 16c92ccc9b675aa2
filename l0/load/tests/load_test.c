// SPDX-License-Identifier: Apache-2.0
/* Kernels of every kind into L1's memory. */
#include "fixture.h"

int main(void)
{
	TCase *(*const cases[])(void) = {layout_cases,    bios_cases,       linux_cases,
					 multiboot_cases, multiboot2_cases, hostile_cases};
	Suite *suite = suite_create("load");
	SRunner *runner = srunner_create(suite);
	int failed;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		TCase *c = cases[i]();

		tcase_add_checked_fixture(c, setup, teardown);
		tcase_set_timeout(c, 120);
		suite_add_tcase(suite, c);
	}
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
