/* SPDX-License-Identifier: Apache-2.0 */
/* The test cases of this folder, one function a file. */
#ifndef MEASURE_SUITES_H
#define MEASURE_SUITES_H

#include <check.h>
#include <stdlib.h>

TCase *guest_line_tests(void);
TCase *counters_tests(void);
TCase *base64_tests(void);

#endif
