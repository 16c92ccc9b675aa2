// SPDX-License-Identifier: Apache-2.0
#include "suites.h"

TCase *slot_cases(void)
{
	return tcase_create("slot");
}
