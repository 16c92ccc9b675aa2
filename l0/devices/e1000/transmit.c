// SPDX-License-Identifier: Apache-2.0
#include "devices/e1000/internal.h"

/* The transmit ring (8254x manual, 3.4), some descriptors a turn. */
#define BATCH 8 /* are fetched at once */
#define TURN  64

static bool ready(const struct e1000 *e)
{
	return e->reg[REG_TCTL] & TCTL_EN && !e->tx_stopped && e1000_may_master(e) &&
	       e1000_ring_available(e, REG_TDBAL);
}

/* The ring runs empty, or into the threshold for that: so many times eight. */
static void advance(struct e1000 *e)
{
	uint32_t low = (e->reg[REG_TXDCTL] >> TXDCTL_LWTHRESH_SHIFT) * 8;
	uint32_t left = e1000_ring_advance(e, REG_TDBAL);

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
	if (!e1000_ring_write_half(e, REG_TDBAL, half))
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

/* Some descriptors in a row; 0: they or what they name is out of reach. */
static uint32_t batch(struct e1000 *e)
{
	struct e1000_descriptor d[BATCH];
	uint32_t straight = e1000_ring_straight(e, REG_TDBAL);
	uint32_t n = straight < BATCH ? straight : BATCH;

	if (!pci_dma_read(&e->function, e1000_ring_address(e, REG_TDBAL), d,
			  n * E1000_DESCRIPTOR_BYTES))
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
