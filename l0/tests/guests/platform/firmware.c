// SPDX-License-Identifier: Apache-2.0
// What firmware leaves below 1 MiB for those who look there: the BIOS data area and the extended
// one.
#include "platform.h"

static uint64_t word_at(uint64_t at)
{
	return *(const volatile uint16_t *)map_physical(at);
}

TEST(bios_data_area)
{
	uint64_t ebda = word_at(0x40e) << 4, memory = word_at(0x413) * 1024;

	check_eq("COM1", 0x3f8, word_at(0x400));
	check("an FPU and a serial port", (word_at(0x410) & 2) && (word_at(0x410) >> 9 & 7) >= 1);
	check("low memory has room for real-mode code",
	      memory >= 512 * 1024 && memory <= 640 * 1024);
	check_eq("it ends where the EBDA begins", ebda, memory);
	check_eq("which ends at 640 KiB", 640 * 1024, ebda + (word_at(ebda) & 0xff) * 1024);
	check_eq("keys: none", word_at(0x41a), word_at(0x41c));
	check("keys: the buffer's place", word_at(0x480) < word_at(0x482));
}

/* What real-mode code that still has the old vectors meets at an interrupt is not address 0. */
TEST(interrupt_vectors)
{
	for (uint64_t vector = 0x10; vector < 0x1d; vector++)
		check("in ROM", word_at(4 * vector + 2) >= 0xc000);
}
