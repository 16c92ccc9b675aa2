// SPDX-License-Identifier: Apache-2.0
// Spins for ever with interrupts off: only a time-out ends it, at which L0 is asked where it is.
#include "guest.h"
#include "processor.h"

TEST(spin)
{
	cli();
	for (;;)
		asm volatile("");
}
