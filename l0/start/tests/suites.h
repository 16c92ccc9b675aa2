/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUITES_H
#define TESTS_SUITES_H

#include <check.h>

TCase *settings_cases(void);
TCase *partition_cases(void);
TCase *devices_cases(void);

#endif
