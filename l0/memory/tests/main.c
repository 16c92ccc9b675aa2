// SPDX-License-Identifier: Apache-2.0
#include "suites.h"
#include "tests/run_cases.h"

struct mock_vmcs *mock;

int main(void)
{
	make_cases *const cases[] = {paging_tests, segment_tests, ram_tests};

	return RUN_CASES("memory", cases);
}
