// SPDX-License-Identifier: Apache-2.0
#include "suites.h"
#include "tests/run_cases.h"

int main(void)
{
	make_cases *const cases[] = {guest_line_tests, counters_tests, base64_tests};

	return RUN_CASES("measure", cases);
}
