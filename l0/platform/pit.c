// SPDX-License-Identifier: Apache-2.0
#include "platform/pit.h"

#include "lib/string.h"
#include "platform/platform.h"
#include "platform/platform_internal.h"
#include "platform/ports.h"

/*
 * Intel 8254 data sheet. A channel is a formula, not a counter: its value and output follow from
 * the device ticks since the count was loaded, so it costs nothing while nobody looks.
 */
#define LATCH_STATUS_OUT  0x80
#define LATCH_STATUS_NULL 0x40

/* The shortest distance of two IRQ 0 edges: below this the guest would do nothing else. */
#define EDGES_PER_SECOND_MAX 100000u

void pit_init(struct platform *p)
{
	struct pit *pit = &p->pit;

	memset(pit, 0, sizeof(*pit));
	pit->clock = (struct clock){p->config.start, PIT_HZ, p->config.tsc_khz * 1000ull};
	pit->period_min = pit->clock.tsc_hz / EDGES_PER_SECOND_MAX;
	pit->deadline = CLOCK_NEVER;
	for (unsigned i = 0; i < 3; i++) {
		pit->channel[i].count = 0x10000;
		pit->channel[i].access = 3;
		pit->channel[i].gate = i != 2;
	}
}

static uint64_t elapsed(const struct pit_channel *c, uint64_t ticks)
{
	return ticks - c->origin;
}

/* Does the count run? Modes 1 and 5 wait for a rising gate, 0, 2, 3 and 4 for its level. */
static bool running(const struct pit_channel *c)
{
	if (!c->loaded)
		return false;
	return c->mode == 1 || c->mode == 5 ? c->triggered : c->gate;
}

static bool output(const struct pit_channel *c, uint64_t ticks)
{
	uint64_t e = elapsed(c, ticks);
	bool on = running(c);

	switch (c->mode) {
	case 0:
		return on && e >= c->count;
	case 1:
		return !on || e >= c->count;
	case 2: /* low for the last tick of each period */
		return !on || e % c->count != c->count - 1;
	case 3: /* high for the longer half */
		return !on || e % c->count < (c->count + 1) / 2;
	default: /* 4 and 5: low for one tick at the end */
		return !on || e != c->count;
	}
}

/* What the counting element holds: it goes on below 0 in the modes that do not reload. */
static uint16_t counter(const struct pit_channel *c, uint64_t ticks)
{
	uint64_t e = running(c) ? elapsed(c, ticks) : 0;
	uint64_t period = c->count, left;
	uint64_t wrap = c->bcd ? 10000 : 0x10000;

	if (c->mode == 2)
		left = period - e % period;
	else if (c->mode == 3) /* counts by two, twice a period */
		left = period - 2 * e % period;
	else
		left = period + wrap - e % wrap;
	left %= wrap;
	if (!c->bcd)
		return (uint16_t)left;
	return (uint16_t)(left % 10 | left / 10 % 10 << 4 | left / 100 % 10 << 8 |
			  left / 1000 << 12);
}

static uint32_t decode_count(const struct pit_channel *c, uint16_t raw)
{
	uint32_t n = raw;

	/* A digit above 9 counts as what it is: the chip leaves it undefined. */
	if (c->bcd)
		n = (raw & 15u) + (raw >> 4 & 15u) * 10 + (raw >> 8 & 15u) * 100 +
		    (raw >> 12) * 1000u;
	return n != 0 ? n : c->bcd ? 10000 : 0x10000;
}

/* Rising edges of the output by `e` ticks after the load. */
static uint64_t edges(const struct pit_channel *c, uint64_t e)
{
	if (c->mode == 2 || c->mode == 3)
		return e / c->count;
	return e >= c->count + (c->mode >= 4);
}

/* TSC of the next edge after the one reported last. */
static void plan(struct pit *pit, uint64_t now)
{
	struct pit_channel *c = &pit->channel[0];
	uint64_t next;

	pit->deadline = CLOCK_NEVER;
	if (!running(c))
		return;
	if (c->mode == 2 || c->mode == 3)
		next = (c->seen / c->count + 1) * c->count;
	else if (edges(c, c->seen) == 0)
		next = c->count + (c->mode >= 4);
	else
		return;
	next = clock_tsc(&pit->clock, c->origin + next);
	/* The guest may ask for edges faster than it can take them: several become one. */
	pit->deadline = next > now + pit->period_min ? next : now + pit->period_min;
}

void pit_run(struct platform *p, uint64_t now)
{
	struct pit *pit = &p->pit;
	struct pit_channel *c = &pit->channel[0];
	uint64_t e;

	if (now < pit->deadline)
		return;
	e = elapsed(c, clock_ticks(&pit->clock, now));
	if (edges(c, e) != edges(c, c->seen)) {
		irq_line(p, 0, false);
		irq_line(p, 0, true);
	}
	c->seen = e;
	plan(pit, now);
}

static void restart(struct platform *p, unsigned n, uint64_t now)
{
	struct pit *pit = &p->pit;
	struct pit_channel *c = &pit->channel[n];

	c->origin = clock_ticks(&pit->clock, now);
	c->seen = 0;
	if (n != 0)
		return;
	/* Modes 1 to 5 begin high, but a PC's timer asks for nothing before its first period. */
	irq_line(p, 0, false);
	plan(pit, now);
	platform_deadline(p);
}

static void load(struct platform *p, unsigned n, uint16_t raw, uint64_t now)
{
	struct pit_channel *c = &p->pit.channel[n];

	c->count = decode_count(c, raw);
	/* Mode 3 and 2 of one tick would never be low; the data sheet forbids it. */
	if ((c->mode == 2 || c->mode == 3) && c->count == 1)
		c->count = 2;
	c->loaded = true;
	if (c->mode != 1 && c->mode != 5)
		restart(p, n, now);
}

static void set_gate(struct platform *p, unsigned n, bool gate, uint64_t now)
{
	struct pit_channel *c = &p->pit.channel[n];
	bool rising = gate && !c->gate;

	c->gate = gate;
	if (!rising)
		return;
	/* A rising gate reloads all modes but 0 and 4, which only go on: near enough the same. */
	c->triggered = true;
	restart(p, n, now);
}

static void latch_count(struct pit_channel *c, uint64_t ticks)
{
	if (c->latched_bytes != 0)
		return; /* the first latch holds until it is read */
	c->latched = counter(c, ticks);
	if (c->access == 2)
		c->latched >>= 8;
	c->latched_bytes = c->access == 3 ? 2 : 1;
}

static void latch_status(struct pit_channel *c, uint64_t ticks)
{
	if (c->status_latched)
		return;
	c->status_latched = true;
	c->status = (uint8_t)(c->access << 4 | c->mode << 1 | c->bcd);
	if (output(c, ticks))
		c->status |= LATCH_STATUS_OUT;
	if (!c->loaded)
		c->status |= LATCH_STATUS_NULL;
}

/* Read-back command: bits 3:1 choose channels, bits 5 and 4 (inverted) count and status. */
static void read_back(struct pit *pit, uint8_t value, uint64_t ticks)
{
	for (unsigned n = 0; n < 3; n++) {
		if (!(value & (2u << n)))
			continue;
		if (!(value & 0x20))
			latch_count(&pit->channel[n], ticks);
		if (!(value & 0x10))
			latch_status(&pit->channel[n], ticks);
	}
}

static void control(struct platform *p, uint8_t value, uint64_t now)
{
	struct pit *pit = &p->pit;
	uint64_t ticks = clock_ticks(&pit->clock, now);
	unsigned n = value >> 6, access = value >> 4 & 3, mode = value >> 1 & 7;
	struct pit_channel *c = &pit->channel[n % 3];

	if (n == 3) {
		read_back(pit, value, ticks);
		return;
	}
	if (access == 0) {
		latch_count(c, ticks);
		return;
	}
	*c = (struct pit_channel){.count = c->count, .gate = c->gate, .origin = ticks};
	c->access = (uint8_t)access;
	c->mode = (uint8_t)(mode > 5 ? mode - 4 : mode); /* 6 and 7 are 2 and 3 */
	c->bcd = value & 1;
	if (n == 0)
		restart(p, 0, now);
}

void pit_port_write(struct platform *p, const struct port_access *a, uint32_t value)
{
	unsigned n = a->port & 3;
	struct pit_channel *c = &p->pit.channel[n % 3];
	uint8_t v = (uint8_t)value;

	if (n == 3) {
		control(p, v, a->now);
	} else if (c->access == 1) {
		load(p, n, v, a->now);
	} else if (c->access == 2) {
		load(p, n, (uint16_t)(v << 8), a->now);
	} else if (!c->write_high) {
		c->low_byte = v;
		c->write_high = true;
	} else {
		c->write_high = false;
		load(p, n, (uint16_t)(v << 8 | c->low_byte), a->now);
	}
}

uint32_t pit_port_read(struct platform *p, const struct port_access *a)
{
	struct pit_channel *c = &p->pit.channel[(a->port & 3) % 3];
	uint16_t value;

	if ((a->port & 3) == 3)
		return 0xff; /* the control word cannot be read */
	if (c->status_latched) {
		c->status_latched = false;
		return c->status;
	}
	if (c->latched_bytes != 0) {
		value = c->latched;
		c->latched >>= 8;
		c->latched_bytes--;
		return value & 0xff;
	}
	value = counter(c, clock_ticks(&p->pit.clock, a->now));
	if (c->access == 3)
		c->read_high = !c->read_high;
	if (c->access == 2 || (c->access == 3 && !c->read_high))
		value >>= 8;
	return value & 0xff;
}

/* Port 61H: gate and speaker in bits 1:0, refresh toggle in bit 4, channel 2's output in bit 5. */
uint32_t speaker_port_read(struct platform *p, const struct port_access *a)
{
	struct pit *pit = &p->pit;
	uint64_t ticks = clock_ticks(&pit->clock, a->now);
	uint32_t value = pit->channel[2].gate | (uint32_t)pit->speaker << 1;

	/* Memory refresh was asked for every 15 us, 18 ticks. */
	value |= (uint32_t)(ticks / 18 & 1) << 4;
	return value | (uint32_t)output(&pit->channel[2], ticks) << 5;
}

void speaker_port_write(struct platform *p, const struct port_access *a, uint32_t value)
{
	set_gate(p, 2, value & 1, a->now);
	p->pit.speaker = (value & 2) != 0;
}
