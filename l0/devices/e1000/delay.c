// SPDX-License-Identifier: Apache-2.0
#include "devices/e1000/internal.h"

#include "platform/clock.h"

/*
 * Delays of the causes (8254x manual, 3.2.7 and 3.4.3): a packet timer that each event starts
 * anew, and an absolute one that the first starts; whichever ends, ends both.
 */
#define DELAY_NS 1024

static const struct e1000_delay never = {CLOCK_NEVER, CLOCK_NEVER};

uint64_t e1000_ticks(const struct e1000 *e, uint32_t units, uint32_t ns)
{
	return ((uint64_t)units * ns * e->config.tsc_khz + 999999) / 1000000;
}

void e1000_delays_clear(struct e1000 *e)
{
	e->rx_delay = e->tx_delay = never;
}

static void start(struct e1000 *e, struct e1000_delay *d, uint32_t packet, uint32_t absolute)
{
	d->packet = e->function.now + e1000_ticks(e, packet, DELAY_NS);
	if (absolute && d->absolute == CLOCK_NEVER)
		d->absolute = e->function.now + e1000_ticks(e, absolute, DELAY_NS);
}

static void finish(struct e1000 *e, struct e1000_delay *d, uint32_t causes)
{
	*d = never;
	e1000_cause(e, causes);
}

void e1000_received(struct e1000 *e, uint32_t size)
{
	if (size <= e->reg[REG_RSRPD])
		finish(e, &e->rx_delay, INT_RXT0 | INT_SRPD);
	else if (e->reg[REG_RDTR] == 0)
		finish(e, &e->rx_delay, INT_RXT0);
	else
		start(e, &e->rx_delay, e->reg[REG_RDTR], e->reg[REG_RADV]);
}

void e1000_reported(struct e1000 *e, bool delayed)
{
	if (delayed && e->reg[REG_TIDV])
		start(e, &e->tx_delay, e->reg[REG_TIDV], e->reg[REG_TADV]);
	else
		finish(e, &e->tx_delay, INT_TXDW);
}

static uint64_t due(const struct e1000_delay *d)
{
	return d->packet < d->absolute ? d->packet : d->absolute;
}

void e1000_delays_run(struct e1000 *e)
{
	if (e->function.now >= due(&e->rx_delay))
		finish(e, &e->rx_delay, INT_RXT0);
	if (e->function.now >= due(&e->tx_delay))
		finish(e, &e->tx_delay, INT_TXDW);
}

uint64_t e1000_delays_due(const struct e1000 *e)
{
	uint64_t rx = due(&e->rx_delay), tx = due(&e->tx_delay);

	return rx < tx ? rx : tx;
}

/* What waits is reported at once, if anything does. */
static void flush(struct e1000 *e, struct e1000_delay *d, uint32_t value, uint32_t cause)
{
	if (value & RDTR_FPD && due(d) != CLOCK_NEVER)
		finish(e, d, cause);
}

void e1000_rdtr_written(struct e1000 *e, uint32_t value)
{
	flush(e, &e->rx_delay, value, INT_RXT0);
}

void e1000_tidv_written(struct e1000 *e, uint32_t value)
{
	flush(e, &e->tx_delay, value, INT_TXDW);
}
