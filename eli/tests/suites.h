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

TCase *idt_cases(void);
TCase *fault_cases(void);
TCase *apic_cases(void);
TCase *mode_cases(void);
TCase *guard_cases(void);
TCase *hostile_cases(void);
TCase *order_cases(void);

#endif
