// SPDX-License-Identifier: Apache-2.0
#include "suites.h"
#include "tests/run_cases.h"

int main(void)
{
	make_cases *const cases[] = {
		identity_tests, eeprom_tests,  transmit_tests, offload_tests,
		receive_tests,  verify_tests,  filter_tests,   interrupt_tests,
		traffic_tests,  hostile_tests, fuzz_tests,
	};

	return RUN_CASES("e1000", cases);
}
