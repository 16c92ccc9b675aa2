// SPDX-License-Identifier: Apache-2.0
#include "suites.h"
#include "tests/run_cases.h"

int main(void)
{
	make_cases *const cases[] = {
		frame_tests,        segment_tests, queue_tests, switch_tests,
		switch_model_tests, line_tests,    wire_tests,  peer_tests,
	};

	return RUN_CASES("net", cases);
}
