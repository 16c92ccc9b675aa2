/* SPDX-License-Identifier: Apache-2.0 */
#ifndef E1000_TESTS_BENCH_H
#define E1000_TESTS_BENCH_H

#include "devices/e1000/e1000.h"
#include "devices/net/packet.h"
#include "devices/net/switch.h"
#include "platform/platform.h"
#include "tests/ensure.h"

/*
 * A machine with the device in it and memory for its DMA; on the switch one more port, the other
 * side, which the test plays. 1 GHz: a tick is a nanosecond.
 */
#define BENCH_RAM   (1u << 22)
#define BENCH_PAGE  4096u
#define BENCH_QUEUE FRAME_QUEUE_LARGE

struct bench {
	struct platform p;
	struct lapic lapic;
	struct net_switch net;
	struct switch_port port, other;
	struct e1000 e;
	uint64_t now;
	unsigned interrupts; /* rises of the pin */
	uint64_t interrupted_at;
	bool level;
	unsigned messages;
	bool inside; /* platform_bus_enter() */
	bool broken; /* DMA reaches nothing */
	uint8_t ram[BENCH_RAM] __attribute__((aligned(4096)));
	uint8_t queue[2][BENCH_QUEUE] __attribute__((aligned(FRAME_QUEUE_ALIGN)));
};

extern struct bench b;

extern const uint8_t bench_mac[MAC_BYTES], other_mac[MAC_BYTES];

/* Power-on; then the device is found, decodes and may master the bus. */
void bench_start(void);

/* Registers by BAR 0, and as words of @size at @offset; by I/O. */
uint32_t get(uint32_t offset);
void set(uint32_t offset, uint32_t value);
void io_set(uint32_t offset, uint32_t value);
uint32_t io_get(uint32_t offset);
uint32_t config_get(unsigned reg, unsigned size);
void config_set(unsigned reg, unsigned size, uint32_t value);

/* Moves time on, from one deadline of the platform to the next. */
void advance(uint64_t ticks);

/* The other side sends, and what has come to it: a frame's size, 0 if there is none. */
void other_send(const struct frame *frame);
void other_send_bytes(const uint8_t *bytes, uint32_t size);
const struct frame *other_next(void);
void other_taken(void);

/* A source of the same numbers each time. */
uint64_t draw(void);

#endif
