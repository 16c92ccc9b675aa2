// SPDX-License-Identifier: Apache-2.0
#include "devices/net/checksum.h"

#define BLOCK 64

/*
 * Eight bytes at a time, each carry going into the next (RFC 1071, 2 (C)). By hand: the compiler
 * takes three instructions for each of them.
 */
static uint64_t add_blocks(const uint8_t *bytes, uint32_t blocks)
{
	uint64_t sum = 0;

	for (; blocks > 0; blocks--, bytes += BLOCK)
		__asm__("addq (%1), %0\n\t"
			"adcq 8(%1), %0\n\t"
			"adcq 16(%1), %0\n\t"
			"adcq 24(%1), %0\n\t"
			"adcq 32(%1), %0\n\t"
			"adcq 40(%1), %0\n\t"
			"adcq 48(%1), %0\n\t"
			"adcq 56(%1), %0\n\t"
			"adcq $0, %0"
			: "+r"(sum)
			: "r"(bytes), "m"(*(const uint8_t(*)[BLOCK])bytes)
			: "cc");
	return (sum & 0xffffffff) + (sum >> 32); /* no carry is lost when more is added */
}

uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, uint32_t size)
{
	uint16_t half = 0;

	sum += add_blocks(bytes, size / BLOCK);
	bytes += size / BLOCK * BLOCK;
	for (size %= BLOCK; size >= 2; size -= 2, bytes += 2) {
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
