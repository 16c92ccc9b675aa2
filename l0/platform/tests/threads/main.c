// SPDX-License-Identifier: Apache-2.0
#include <check.h>

#include "run_threads.h"
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

int main(int argc, char **argv)
{
	(void)argc;
	return run_threads_cases("platform with threads", cases, argv);
}
