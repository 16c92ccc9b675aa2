/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_TESTS_SUITES_H
#define NET_TESTS_SUITES_H

#include <check.h>

TCase *frame_tests(void);
TCase *segment_tests(void);
TCase *queue_tests(void);
TCase *switch_tests(void);
TCase *switch_model_tests(void);
TCase *line_tests(void);
TCase *wire_tests(void);
TCase *peer_tests(void);

#endif
