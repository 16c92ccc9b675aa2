// SPDX-License-Identifier: Apache-2.0
#include "suites.h"

TCase *merge_cases(void)
{
	return tcase_create("merge");
}
