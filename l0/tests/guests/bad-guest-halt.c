// SPDX-License-Identifier: Apache-2.0
// Halts for ever with interrupts off: nothing can wake it.
#include "guest.h"
#include "processor.h"

TEST(halt)
{
	cli();
	asm volatile("hlt");
	check("the end", false);
}
