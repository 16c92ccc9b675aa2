// SPDX-License-Identifier: Apache-2.0
// The PC around the processor.
#include "guest.h"
#include "processor.h"
#include "trap.h"

TEST(tsc_monotonic)
{
	uint64_t last = rdtsc();

	for (int i = 0; i < 1000; i++) {
		uint64_t now = rdtsc();

		check("a TSC that rises", now > last);
		last = now;
	}
}

TEST(unknown_msr)
{
	check_eq("rdmsr of an unknown MSR", GP, (uint64_t)CATCH(rdmsr(0x12345678)));
	check_eq("wrmsr of an unknown MSR", GP, (uint64_t)CATCH(wrmsr(0x12345678, 0)));
}
