/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUITES_H
#define TESTS_SUITES_H

#include <check.h>

TCase *fields_cases(void);
TCase *caps_cases(void);
TCase *check_cases(void);
TCase *merge_cases(void);
TCase *group_cases(void);
TCase *reflect_cases(void);
TCase *evmcs_cases(void);
TCase *shadow_cases(void);

#endif
