/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Internet's checksum (RFC 1071). Sums are of words in the processor's byte order, which a
 * one's complement sum does not mind as long as it is stored in the same.
 */
#ifndef DEVICES_NET_CHECKSUM_H
#define DEVICES_NET_CHECKSUM_H

#include <stdint.h>

/* @sum and the words of @size bytes; an odd last byte is the first half of a word. @size < 2^31. */
uint64_t checksum_add(uint64_t sum, const uint8_t *bytes, uint32_t size);

/* A 16-bit number that stands in a header, such as a length, as one of the words. */
uint64_t checksum_add_number(uint64_t sum, uint32_t number);

/* The sum in 16 bits, not complemented: FFFFH over what has a right checksum in it. */
uint16_t checksum_fold(uint64_t sum);

/* Stores the complement of the sum, or the sum as it is for a pseudo header. */
void checksum_store(uint8_t *bytes, uint64_t sum);
void checksum_store_pseudo(uint8_t *bytes, uint64_t sum);

#endif
