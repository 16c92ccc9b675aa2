// SPDX-License-Identifier: Apache-2.0
#include "suites.h"

TCase *reflect_cases(void)
{
	return tcase_create("reflect");
}
