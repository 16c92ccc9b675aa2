// SPDX-License-Identifier: Apache-2.0
// Writes all over the firmware's place: nothing happens, and this guest ends by itself.
#include "guest.h"
#include "processor.h"

TEST(rom)
{
	for (uint64_t at = 0xf0000; at < 0x100000; at += 8)
		*(volatile uint64_t *)(uintptr_t)at = ~at;
	for (uint64_t at = 0xfffe0000; at < 0x100000000; at += 8)
		*(volatile uint64_t *)(uintptr_t)at = ~at;
	check("still here", true);
}
