// SPDX-License-Identifier: Apache-2.0
#include "suites.h"
#include "tests/run_cases.h"

int main(void)
{
	make_cases *const cases[] = {settings_cases, partition_cases, devices_cases};

	return RUN_CASES("start", cases);
}
