// SPDX-License-Identifier: Apache-2.0
#include "devices/e1000/internal.h"

/* The transmit ring (8254x manual, 3.4): descriptors from TDH up to TDT are the device's. */
#define DESCRIPTOR_BYTES 16
#define BATCH            8 /* are fetched at once */
#define TURN             64

static uint32_t ring_size(const struct e1000 *e)
{
	return e->reg[REG_TDLEN] / DESCRIPTOR_BYTES;
}

/* Descriptors that are the device's; a head or a tail outside of the ring leaves none. */
static uint32_t available(const struct e1000 *e)
{
	uint32_t head = e->reg[REG_TDH], tail = e->reg[REG_TDT], size = ring_size(e);

	if (head >= size || tail >= size)
		return 0;
	return tail >= head ? tail - head : tail + size - head;
}

static bool ready(const struct e1000 *e)
{
	return e->reg[REG_TCTL] & TCTL_EN && !e->tx_stopped && e1000_may_master(e) && available(e);
}

static uint64_t address_of(const struct e1000 *e, uint32_t n)
{
	uint64_t base = (uint64_t)e->reg[REG_TDBAH] << 32 | e->reg[REG_TDBAL];

	return base + (uint64_t)n * DESCRIPTOR_BYTES;
}

/* The ring runs empty, or into the threshold for that: so many times eight. */
static void advance(struct e1000 *e)
{
	uint32_t low = (e->reg[REG_TXDCTL] >> TXDCTL_LWTHRESH_SHIFT) * 8, left;

	e->reg[REG_TDH] = (e->reg[REG_TDH] + 1) % ring_size(e);
	left = available(e);
	if (left == 0)
		e1000_cause(e, INT_TXQE);
	if (low && left == low)
		e1000_cause(e, INT_TXD_LOW);
}

/* False: out of reach. */
static bool report(struct e1000 *e, const struct e1000_descriptor *d)
{
	uint64_t half = (uint64_t)(d->upper | TX_DD) << 32 | d->lower;

	if (!(d->lower & (TX_RS | TX_RPS)))
		return true;
	if (!e1000_write_half(e, address_of(e, e->reg[REG_TDH]) + 8, half))
		return false;
	e1000_reported(e, (d->lower & TX_IDE) != 0);
	return true;
}

static bool one(struct e1000 *e, const struct e1000_descriptor *d)
{
	if (!e1000_packet_take(e, d) || !report(e, d))
		return false;
	advance(e);
	return true;
}

static uint32_t at_most(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* So many descriptors, none beyond the ring's end; 0: they or what they name is out of reach. */
static uint32_t batch(struct e1000 *e)
{
	struct e1000_descriptor d[BATCH];
	uint32_t head = e->reg[REG_TDH];
	uint32_t n = at_most(at_most(available(e), ring_size(e) - head), BATCH);

	if (!pci_dma_read(&e->function, address_of(e, head), d, n * DESCRIPTOR_BYTES))
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		if (!one(e, &d[i]))
			return 0;
	}
	return n;
}

void e1000_transmit(struct e1000 *e)
{
	uint32_t n;

	for (uint32_t done = 0; done < TURN && ready(e); done += n) {
		n = batch(e);
		if (n == 0) {
			e->tx_stopped = true;
			e1000_master_abort(e);
		}
	}
	e->tx_more = ready(e);
}

void e1000_tctl_written(struct e1000 *e, uint32_t value)
{
	(void)value;
	e1000_transmit(e);
}

void e1000_tdt_written(struct e1000 *e, uint32_t value)
{
	(void)value;
	e1000_transmit(e);
}
