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

TCase *pool_cases(void);
TCase *build_cases(void);
TCase *walk_cases(void);
TCase *compose_cases(void);
TCase *slot_cases(void);
TCase *random_cases(void);
TCase *spt_cases(void);
TCase *spt_random_cases(void);

#endif
