/* SPDX-License-Identifier: Apache-2.0 */
#ifndef E1000_TESTS_SUITES_H
#define E1000_TESTS_SUITES_H

#include <check.h>

TCase *identity_tests(void);
TCase *eeprom_tests(void);
TCase *transmit_tests(void);
TCase *offload_tests(void);
TCase *receive_tests(void);
TCase *filter_tests(void);
TCase *verify_tests(void);
TCase *interrupt_tests(void);
TCase *traffic_tests(void);
TCase *hostile_tests(void);
TCase *fuzz_tests(void);

#endif
