// SPDX-License-Identifier: Apache-2.0
#include "suites.h"

TCase *build_cases(void)
{
	return tcase_create("build");
}
