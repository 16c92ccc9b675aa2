// SPDX-License-Identifier: Apache-2.0
#include "suites.h"

TCase *compose_cases(void)
{
	return tcase_create("compose");
}
