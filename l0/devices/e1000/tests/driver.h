/* SPDX-License-Identifier: Apache-2.0 */
#ifndef E1000_TESTS_DRIVER_H
#define E1000_TESTS_DRIVER_H

#include "bench.h"

/* A small driver: two rings, a buffer for each of their descriptors. */
#define RING        64u /* descriptors */
#define BUFFER      2048u
#define TX_RING     0x10000u
#define RX_RING     0x20000u
#define TX_BUFFERS  0x40000u
#define RX_BUFFERS  0x100000u
#define RX_STATUS   12 /* bytes of a receive descriptor */
#define RX_ERRORS   13
#define RX_TAG      14
#define RX_CHECKSUM 10

/* Offsets of registers, from the table. */
enum {
#define REG(offset, name, reset, writable, read, write) AT_##name = offset,
#include "devices/e1000/registers.def"
#undef REG
#define STAT(offset, name, clears) AT_##name = offset,
#include "devices/e1000/statistics.def"
#undef STAT
	AT_MTA = 0x5200,
	AT_RAL = 0x5400,
	AT_RAH = 0x5404,
	AT_VFTA = 0x5600,
};

struct driver {
	uint32_t tx_next, tx_clean, rx_next;
};

extern struct driver driver;

/* Reset, rings, link, both directions on; @rctl beside EN and BAM. */
void driver_start(uint32_t rctl);

/* One descriptor into the ring, not yet given: its data in the ring's own buffer. */
void driver_put(const void *data, uint32_t lower, uint32_t upper, uint32_t size);
void driver_put_raw(uint64_t address, uint32_t lower, uint32_t upper);
/* Gives all that was put. */
void driver_kick(void);
/* The same for one whole frame in one legacy descriptor: EOP, IFCS, RS. */
void driver_send(const uint8_t *bytes, uint32_t size);

/* Status of transmit descriptor @n of the ring. */
uint8_t tx_status(uint32_t n);

/* The next receive descriptor, NULL while it is not done, and its buffer; then it is given back. */
const uint8_t *driver_next(void);
uint32_t driver_size(const uint8_t *descriptor);
const uint8_t *driver_bytes(void);
void driver_taken(void);

/* Offers receive descriptors up to @tail. */
void driver_offer(uint32_t tail);

/* A frame from @from to @to with @size bytes of anything behind its header. */
void make_frame(uint8_t *bytes, const uint8_t *to, const uint8_t *from, uint32_t size);

/* A TCP packet over IPv4 with @payload bytes and right checksums: its size. */
uint32_t make_tcp(uint8_t *bytes, const uint8_t *to, const uint8_t *from, uint32_t payload);

#define TCP_AT     (ETHERNET_BYTES + IP4_BYTES)
#define TCP_HEADER (TCP_AT + TCP_BYTES)

/* Checksums of a packet as make_tcp() makes them, the slow way. */
bool tcp_good(const uint8_t *bytes, uint32_t size);

#endif
