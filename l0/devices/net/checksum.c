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

static uint64_t load(const uint8_t *bytes, uint32_t size)
{
	uint64_t word = 0;

	__builtin_memcpy(&word, bytes, size);
	return word;
}

/* Fewer than sixteen bytes: each part is at an even place, and worth what it is. */
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

uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, uint32_t size)
{
	if (size >= BLOCK)
		sum += add_blocks(bytes, size / BLOCK);
	bytes += size / BLOCK * BLOCK;
	for (size %= BLOCK; size >= 16; size -= 16, bytes += 16)
		sum += load(bytes, 4) + load(bytes + 4, 4) + load(bytes + 8, 4) +
		       load(bytes + 12, 4);
	return sum + load_rest(bytes, size);
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
