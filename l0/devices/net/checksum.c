// SPDX-License-Identifier: Apache-2.0
#include "devices/net/checksum.h"

/* Words of 64 bits with the carry of each in the next: no compiler makes this of C. */
static uint64_t add_pairs(uint64_t sum, const uint8_t *bytes, uint32_t pairs)
{
	__asm__("clc\n"
		"1: adcq (%1), %0\n"
		"adcq 8(%1), %0\n"
		"leaq 16(%1), %1\n"
		"decl %2\n"
		"jnz 1b\n"
		"adcq $0, %0"
		: "+r"(sum), "+r"(bytes), "+r"(pairs)
		:
		: "cc", "memory");
	return sum;
}

static uint64_t load(const uint8_t *bytes, uint32_t size)
{
	uint64_t word = 0;

	__builtin_memcpy(&word, bytes, size);
	return word;
}

/* The last bytes, fewer than sixteen: each part at an even place, so worth what it is. */
static uint64_t load_rest(const uint8_t *bytes, uint32_t size)
{
	uint64_t rest = 0;

	if (size & 8) {
		rest = load(bytes, 4) + load(bytes + 4, 4);
		bytes += 8;
	}
	if (size & 4) {
		rest += load(bytes, 4);
		bytes += 4;
	}
	if (size & 2) {
		rest += load(bytes, 2);
		bytes += 2;
	}
	return size & 1 ? rest + *bytes : rest;
}

/* 2^32 is worth 1, as 2^32 - 1 is a multiple of 2^16 - 1: what goes out has room for more sums. */
uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, uint32_t size)
{
	if (size >= 16)
		sum = add_pairs(sum, bytes, size / 16);
	return (sum & 0xffffffff) + (sum >> 32) + load_rest(bytes + (size & ~15u), size & 15);
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
