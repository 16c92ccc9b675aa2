// SPDX-License-Identifier: Apache-2.0
#include "devices/net/checksum.h"

static uint32_t load32(const uint8_t *bytes)
{
	uint32_t word;

	__builtin_memcpy(&word, bytes, sizeof(word));
	return word;
}

/* Words of 32 bits in 64: no carry is lost, and none is to be looked after. */
uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, uint32_t size)
{
	uint16_t half = 0;

	for (; size >= 16; size -= 16, bytes += 16)
		sum += (uint64_t)load32(bytes) + load32(bytes + 4) + load32(bytes + 8) +
		       load32(bytes + 12);
	for (; size >= 2; size -= 2, bytes += 2) {
		__builtin_memcpy(&half, bytes, sizeof(half));
		sum += half;
	}
	return size ? sum + *bytes : sum;
}

uint64_t checksum_add_number(uint64_t sum, uint32_t number)
{
	return sum + __builtin_bswap16((uint16_t)number);
}

uint16_t checksum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

void checksum_store_pseudo(uint8_t *bytes, uint64_t sum)
{
	uint16_t folded = checksum_fold(sum);

	__builtin_memcpy(bytes, &folded, sizeof(folded));
}

void checksum_store(uint8_t *bytes, uint64_t sum)
{
	checksum_store_pseudo(bytes, (uint16_t)~checksum_fold(sum));
}
