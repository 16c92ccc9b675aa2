// SPDX-License-Identifier: Apache-2.0
// Jumps to a physical address where nothing is.
#include "guest.h"
#include "processor.h"

TEST(nowhere)
{
	volatile void *hole = map_physical(BIT(36));

	asm volatile("jmp *%0" ::"r"(hole));
	check("the end", false);
}
