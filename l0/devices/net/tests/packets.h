/* SPDX-License-Identifier: Apache-2.0 */
/* Packets written byte by byte from what they say, and random numbers: the tests' own idea of a
 * network, which shares nothing with what it tests. */
#ifndef NET_TESTS_PACKETS_H
#define NET_TESTS_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/ensure.h"

uint64_t draw(void);
uint32_t draw_below(uint32_t n);

struct packet {
	uint64_t to, from;
	bool tagged;
	uint16_t tag;
	bool version6;
	uint8_t protocol;
	uint8_t source[16], destination[16]; /* 4 of them in version 4 */
	uint16_t id;
	uint32_t options, extension; /* bytes: of IP 4, of IP 6 */
	uint16_t source_port, destination_port;
	uint32_t sequence;
	uint8_t flags;
	uint32_t tcp_options; /* bytes */
};

struct written {
	uint8_t bytes[70000];
	uint32_t size;
	uint32_t ip, inner, payload; /* where they begin */
};

/* TCP or UDP, all lengths and checksums right; not padded. */
void write_packet(struct written *w, const struct packet *p, const uint8_t *payload,
		  uint32_t payload_size);

/* RFC 1071 as it stands there: 16 bits at a time, the carry each time. */
uint16_t plain_checksum(uint16_t sum, const uint8_t *bytes, uint32_t size);

struct packet random_tcp(void);

/* Zeros up to 60 bytes. */
void pad_written(struct written *w);

#endif
