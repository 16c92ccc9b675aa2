// SPDX-License-Identifier: Apache-2.0
#include "devices/e1000/internal.h"

#include "devices/net/switch.h"
#include "platform/clock.h"

/*
 * The receive ring (8254x manual, 3.2): descriptors from RDH up to RDT are the device's. A frame
 * that finds none waits in the port's queue, which stands for the packet buffer; what that has no
 * room for is missed.
 */
#define TURN 64 /* descriptors, or frames that are not taken */

static bool ready(const struct e1000 *e)
{
	return e1000_ring_available(e, REG_RDBAL) && !e->rx_stopped && e1000_may_master(e);
}

static bool listening(const struct e1000 *e)
{
	return e->reg[REG_RCTL] & RCTL_EN && e->link && !e1000_loopback(e);
}

/* 2048 bytes and less, or with BSEX 16 times that; its value 0 is reserved with it. */
static uint32_t buffer_size(const struct e1000 *e)
{
	uint32_t size = 2048u >> (e->reg[REG_RCTL] >> RCTL_BSIZE_SHIFT & 3);

	if (e->reg[REG_RCTL] & RCTL_BSEX && size < 2048)
		size *= 16;
	return size;
}

/* The next bytes of the frame into a buffer. False: it is out of reach. */
static bool store(struct e1000 *e, uint64_t address, uint32_t room)
{
	struct e1000_receive *rx = &e->rx;
	uint32_t before = 0;

	for (unsigned n = 0; n < E1000_PARTS && room; before += rx->part[n++].size) {
		uint32_t at = rx->stored - before, left = rx->part[n].size - at;

		if (rx->stored >= before + rx->part[n].size)
			continue;
		left = left < room ? left : room;
		if (!pci_dma_write(&e->function, address, rx->part[n].bytes + at, left))
			return false;
		address += left;
		room -= left;
		rx->stored += left;
	}
	return true;
}

/* The second half of a descriptor (8254x manual, 3.2.3): @size bytes were stored. */
static uint64_t written_back(const struct e1000_receive *rx, uint32_t size)
{
	uint64_t half = size | (uint64_t)RX_DD << 32;

	if (rx->stored < rx->size)
		return half;
	return half | (uint64_t)rx->checksum << 16 | (uint64_t)(rx->status | RX_EOP) << 32 |
	       (uint64_t)rx->errors << 40 | (uint64_t)rx->tag << 48;
}

/* The low threshold is a half, a quarter or an eighth of the ring; passed once on the way down. */
static void advance(struct e1000 *e)
{
	uint32_t size = e->reg[REG_RDLEN] / E1000_DESCRIPTOR_BYTES;
	unsigned shift = (e->reg[REG_RCTL] >> RCTL_RDMTS_SHIFT & 3) + 1;

	if (e1000_ring_advance(e, REG_RDBAL) == size >> shift)
		e1000_cause(e, INT_RXDMT0);
}

/*
 * One descriptor: its buffer filled, itself written back. An address of 0 is no buffer (8254x
 * manual, 3.2.3). False: something is out of reach.
 */
static bool fill(struct e1000 *e)
{
	struct e1000_receive *rx = &e->rx;
	uint32_t before = rx->stored;
	uint64_t address;

	if (!pci_dma_read(&e->function, e1000_ring_address(e, REG_RDBAL), &address,
			  sizeof(address)))
		return false;
	if (address && !store(e, address, buffer_size(e)))
		return false;
	return e1000_ring_write_half(e, REG_RDBAL, written_back(rx, rx->stored - before));
}

/* The segment is done with, taken or not. */
static void next_segment(struct e1000 *e, const struct frame *frame)
{
	e->rx.open = e->rx.held = false;
	if (++e->rx.segment < frame_segments(frame))
		return;
	e->rx.segment = 0;
	switch_taken(e->config.port);
}

static void hold(struct e1000 *e)
{
	if (!e->rx.held)
		e1000_count(e, STAT_RNBC, 1);
	e->rx.held = true;
}

/* One descriptor of the frame that is open, which may end it. */
static void take_descriptor(struct e1000 *e)
{
	if (!fill(e)) {
		e->rx_stopped = true;
		e1000_master_abort(e);
		return;
	}
	advance(e);
	if (e->rx.stored < e->rx.size)
		return;
	e1000_received(e, e->rx.size);
	e->rx.open = false;
}

static void drop(struct e1000 *e)
{
	e1000_receive_reset(e);
	switch_taken(e->config.port);
}

static void step(struct e1000 *e, const struct frame *frame)
{
	if (!listening(e)) {
		drop(e);
	} else if (!e->rx.open && !e1000_arrival_open(e, frame, e->rx.segment)) {
		next_segment(e, frame);
	} else if (!ready(e)) {
		hold(e);
	} else {
		take_descriptor(e);
		if (!e->rx.open)
			next_segment(e, frame);
	}
}

/* What comes back finds descriptors at once or never; a large frame does not come back. */
void e1000_receive_own(struct e1000 *e, const struct frame *frame)
{
	e1000_receive_reset(e);
	if (!(e->reg[REG_RCTL] & RCTL_EN) || frame->offload.gso != FRAME_GSO_NONE ||
	    !e1000_arrival_open(e, frame, 0))
		return;
	while (e->rx.open && ready(e))
		take_descriptor(e);
	if (!e->rx.open)
		return;
	e1000_receive_reset(e);
	e1000_count(e, STAT_MPC, 1);
	e1000_cause(e, INT_RXO);
}

/* What the queue had no room for; all else of it was counted when it came out. */
static void count_missed(struct e1000 *e)
{
	uint64_t full = __atomic_load_n(&e->config.port->counters.dropped_full, __ATOMIC_RELAXED);

	if (full != e->rx.missed && listening(e)) {
		e1000_count(e, STAT_MPC, (uint32_t)(full - e->rx.missed));
		e1000_cause(e, INT_RXO);
	}
	e->rx.missed = full;
}

void e1000_receive(struct e1000 *e)
{
	const struct frame *frame;

	e->rx.held = e->rx.held && listening(e) && !ready(e);
	count_missed(e);
	for (unsigned n = 0; n < TURN && !e->rx.held; n++) {
		frame = switch_next(e->config.port, e->function.now);
		if (!frame)
			return;
		step(e, frame);
	}
}

void e1000_receive_reset(struct e1000 *e)
{
	e->rx.open = e->rx.held = false;
	e->rx.segment = 0;
}

uint64_t e1000_receive_due(const struct e1000 *e)
{
	return e->rx.held ? CLOCK_NEVER : switch_due(e->config.port);
}

void e1000_rctl_written(struct e1000 *e, uint32_t value)
{
	(void)value;
	e1000_filter_update(e);
	e1000_receive(e);
}

void e1000_rdt_written(struct e1000 *e, uint32_t value)
{
	(void)value;
	e1000_receive(e);
}
