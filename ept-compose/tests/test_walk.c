// SPDX-License-Identifier: Apache-2.0
#include "suites.h"

TCase *walk_cases(void)
{
	return tcase_create("walk");
}
