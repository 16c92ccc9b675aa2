// SPDX-License-Identifier: Apache-2.0
// Raises an exception with no descriptor table to take it.
#include "guest.h"
#include "processor.h"

TEST(triple_fault)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) none = {0, 0};

	asm volatile("lidt %0; ud2" ::"m"(none));
	check("the end", false);
}
