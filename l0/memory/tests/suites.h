/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MEMORY_TESTS_SUITES_H
#define MEMORY_TESTS_SUITES_H

#include <check.h>
#include <stdint.h>

#include "vmcs_access.h"

TCase *paging_tests(void);
TCase *segment_tests(void);
TCase *ram_tests(void);

#endif
