/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUITES_H
#define SUITES_H

#include <check.h>

/* Check notes the place of every ck_assert(), passed or not: too slow for the inner loops. */
#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			ck_abort_msg("expected: %s", #condition);                                  \
	} while (0)

TCase *register_cases(void);
TCase *command_cases(void);
TCase *reason_cases(void);
TCase *record_cases(void);
TCase *queue_cases(void);
TCase *interrupt_cases(void);
TCase *posted_cases(void);
TCase *compose_cases(void);
TCase *teardown_cases(void);
TCase *page_cases(void);
TCase *same_cases(void);
TCase *random_cases(void);
TCase *churn_cases(void);
TCase *hostile_cases(void);
TCase *fuzz_cases(void);

#endif
