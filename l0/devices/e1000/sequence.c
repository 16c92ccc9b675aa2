// SPDX-License-Identifier: Apache-2.0
#include "devices/e1000/internal.h"

/* The polynomial of IEEE 802.3, 3.2.9, lowest bit first, four bits at a time. */
static const uint32_t remainder_of[16] = {
	0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
	0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
	0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

uint32_t e1000_check_sequence(uint32_t crc, const uint8_t *bytes, uint32_t size)
{
	crc = ~crc;
	for (; size--; bytes++) {
		crc ^= *bytes;
		crc = crc >> 4 ^ remainder_of[crc & 15];
		crc = crc >> 4 ^ remainder_of[crc & 15];
	}
	return ~crc;
}
