// SPDX-License-Identifier: Apache-2.0
#include "suites.h"

TCase *pool_cases(void)
{
	return tcase_create("pool");
}
