// SPDX-License-Identifier: Apache-2.0
#include <check.h>
#include <sys/personality.h>
#include <unistd.h>

#include "threads.h"

/* A lost message or wake-up is a race that never ends. On a machine with much else to do: */
#define SECONDS_MAX 120

#define RACE(name)                                                                                 \
	START_TEST(test_##name)                                                                    \
	{                                                                                          \
		name();                                                                            \
	}                                                                                          \
	END_TEST
RACE(inbox_race)
RACE(start_race)
RACE(lock_race)
RACE(token_race)
RACE(storm_race)
RACE(wake_race)
RACE(pci_race)
RACE(iov_race)

static TCase *cases(void)
{
	TCase *t = tcase_create("races");

	tcase_set_timeout(t, SECONDS_MAX);
	tcase_add_test(t, test_inbox_race);
	tcase_add_test(t, test_start_race);
	tcase_add_test(t, test_lock_race);
	tcase_add_test(t, test_token_race);
	tcase_add_test(t, test_storm_race);
	tcase_add_test(t, test_wake_race);
	tcase_add_test(t, test_pci_race);
	tcase_add_test(t, test_iov_race);
	return t;
}

/* Each test has a process of its own, whose status the sanitizer makes a failure. */
int main(int argc, char **argv)
{
	Suite *suite = suite_create("platform with threads");
	SRunner *runner;
	int failed;

	/* Some versions of the sanitizer refuse addresses that some kernels choose at random. */
	if (argc > 0 && !(personality(0xffffffff) & ADDR_NO_RANDOMIZE)) {
		personality(ADDR_NO_RANDOMIZE);
		execv("/proc/self/exe", argv);
	}
	suite_add_tcase(suite, cases());
	runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_FORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
