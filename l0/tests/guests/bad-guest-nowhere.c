// SPDX-License-Identifier: Apache-2.0
// Is lost in memory that it does not have: L0 says so once, and this guest ends by itself.
#include "guest.h"
#include "processor.h"
#include "trap.h"

#define NOWHERE 0x20000000ULL // with memory=256

TEST(nowhere)
{
	volatile uint8_t *place = map_physical(NOWHERE);
	void (*function)(void) = (void (*)(void))(uintptr_t)place;

	check_eq("what is read of an instruction there is none", UD, (uint64_t)CATCH(function()));
	check_eq("what is read", 0xff, *place);
}
