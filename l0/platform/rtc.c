// SPDX-License-Identifier: Apache-2.0
#include "platform/rtc.h"

#include "lib/string.h"
#include "platform/calendar.h"
#include "platform/platform.h"
#include "platform/platform_internal.h"
#include "platform/ports.h"

/* MC146818 data sheet. */
#define RTC_IRQ 8

#define REG_SECONDS_ALARM 0x01
#define REG_MINUTES_ALARM 0x03
#define REG_HOURS_ALARM   0x05
#define REG_A             0x0a
#define REG_B             0x0b
#define REG_C             0x0c
#define REG_D             0x0d

#define A_UPDATING    0x80
#define B_SET         0x80
#define C_IRQ         0x80
#define FLAG_PERIODIC 0x40 /* the enable bit in B and the flag in C */
#define FLAG_ALARM    0x20
#define FLAG_UPDATE   0x10
#define D_VALID       0x80

/* UIP rises 244 us before the registers change: 8 of 32768 ticks. */
#define UPDATE_TICKS 8

/* Where firmware leaves the memory size: base and extended in KiB, then 64 KiB units. */
static void memory_bytes(struct rtc *rtc, const struct platform_config *config)
{
	uint64_t below = config->memory_below_4g, above = config->memory_above_4g;
	uint64_t extended = below > 0x100000 ? (below - 0x100000) >> 10 : 0;
	uint64_t blocks = below > 0x1000000 ? (below - 0x1000000) >> 16 : 0;

	extended = extended > 0xffff ? 0xffff : extended;
	blocks = blocks > 0xffff ? 0xffff : blocks;
	rtc->ram[0x15] = 640 & 0xff;
	rtc->ram[0x16] = 640 >> 8;
	rtc->ram[0x17] = rtc->ram[0x30] = (uint8_t)extended;
	rtc->ram[0x18] = rtc->ram[0x31] = (uint8_t)(extended >> 8);
	rtc->ram[0x34] = (uint8_t)blocks;
	rtc->ram[0x35] = (uint8_t)(blocks >> 8);
	for (unsigned i = 0; i < 3; i++)
		rtc->ram[0x5b + i] = (uint8_t)(above >> (16 + 8 * i));
}

void rtc_init(struct platform *p, const struct platform_config *config)
{
	struct rtc *rtc = &p->rtc;

	memset(rtc, 0, sizeof(*rtc));
	rtc->clock = (struct clock){config->start, RTC_HZ, config->tsc_khz * 1000ull};
	rtc->offset = config->epoch;
	rtc->ram[REG_A] = 0x26; /* 32768 Hz oscillator, 1024 Hz periodic rate */
	rtc->ram[REG_B] = CALENDAR_24_HOURS;
	rtc->deadline = CLOCK_NEVER;
	memory_bytes(rtc, config);
}

/* Calendar seconds at device tick `ticks`. */
static int64_t seconds_at(const struct rtc *rtc, uint64_t ticks)
{
	return rtc->offset + (int64_t)(ticks / RTC_HZ);
}

/* Ticks of one period, 0 if register A turns it off; rates 1 and 2 are those of 8 and 9. */
static uint64_t period(const struct rtc *rtc)
{
	unsigned rate = rtc->ram[REG_A] & 15;

	if (rate == 0)
		return 0;
	return 1ull << (rate <= 2 ? rate + 6 : rate - 1);
}

static bool stopped(const struct rtc *rtc)
{
	return (rtc->ram[REG_B] & B_SET) != 0;
}

static int64_t next_alarm(const struct rtc *rtc, int64_t after)
{
	return calendar_next_alarm(
		&(struct calendar_alarm){
			rtc->ram[REG_HOURS_ALARM],
			rtc->ram[REG_MINUTES_ALARM],
			rtc->ram[REG_SECONDS_ALARM],
		},
		rtc->ram[REG_B], after);
}

/* Gathers into register C what happened since the last look. */
static void gather(struct rtc *rtc, uint64_t ticks)
{
	uint64_t every = period(rtc);
	uint8_t *c = &rtc->ram[REG_C];

	if (every != 0 && ticks / every != rtc->seen / every)
		*c |= FLAG_PERIODIC;
	if (!stopped(rtc) && ticks / RTC_HZ != rtc->seen / RTC_HZ) {
		*c |= FLAG_UPDATE;
		if (next_alarm(rtc, seconds_at(rtc, rtc->seen)) <= seconds_at(rtc, ticks))
			*c |= FLAG_ALARM;
	}
	rtc->seen = ticks;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Device tick of the next interrupt; once IRQF stands nothing comes until C is read. */
static uint64_t next_event(const struct rtc *rtc, uint64_t ticks)
{
	uint8_t enabled = rtc->ram[REG_B];
	uint64_t next = CLOCK_NEVER, every = period(rtc);
	int64_t alarm;

	if (rtc->ram[REG_C] & C_IRQ)
		return CLOCK_NEVER;
	if ((enabled & FLAG_PERIODIC) && every != 0)
		next = (ticks / every + 1) * every;
	if (stopped(rtc))
		return next;
	if (enabled & FLAG_UPDATE)
		next = sooner(next, (ticks / RTC_HZ + 1) * RTC_HZ);
	if (enabled & FLAG_ALARM) {
		alarm = next_alarm(rtc, seconds_at(rtc, ticks));
		if (alarm != INT64_MAX)
			next = sooner(next, (uint64_t)(alarm - rtc->offset) * RTC_HZ);
	}
	return next;
}

static void update(struct platform *p, uint64_t now)
{
	struct rtc *rtc = &p->rtc;
	uint8_t *c = &rtc->ram[REG_C];
	uint64_t next;

	gather(rtc, clock_ticks(&rtc->clock, now));
	if (*c & rtc->ram[REG_B] & (FLAG_PERIODIC | FLAG_ALARM | FLAG_UPDATE))
		*c |= C_IRQ;
	irq_line(p, RTC_IRQ, (*c & C_IRQ) != 0);
	next = next_event(rtc, rtc->seen);
	rtc->deadline = next == CLOCK_NEVER ? CLOCK_NEVER : clock_tsc(&rtc->clock, next);
	platform_deadline(p);
}

void rtc_run(struct platform *p, uint64_t now)
{
	if (now >= p->rtc.deadline)
		update(p, now);
}

/* Puts the running time into its registers, as they are while SET stands. */
static void show_time(struct rtc *rtc, uint8_t *registers)
{
	calendar_encode(seconds_at(rtc, rtc->seen), rtc->ram[REG_B], registers);
}

static void take_time(struct rtc *rtc)
{
	int64_t seconds = calendar_decode(rtc->ram[REG_B], rtc->ram);

	rtc->offset = seconds - (int64_t)(rtc->seen / RTC_HZ);
}

static void write_time(struct rtc *rtc, unsigned index, uint8_t value)
{
	if (stopped(rtc)) {
		rtc->ram[index] = value;
		return;
	}
	/* Without SET the one register changes under the running clock. */
	show_time(rtc, rtc->ram);
	rtc->ram[index] = value;
	take_time(rtc);
}

static void write_b(struct rtc *rtc, uint8_t value)
{
	bool was = stopped(rtc);

	if (!was && (value & B_SET)) {
		show_time(rtc, rtc->ram);
		value &= (uint8_t)~FLAG_UPDATE; /* SET clears UIE */
	}
	rtc->ram[REG_B] = value;
	if (was && !(value & B_SET))
		take_time(rtc);
}

void rtc_port_write(struct platform *p, const struct port_access *a, uint32_t value)
{
	struct rtc *rtc = &p->rtc;
	unsigned index = rtc->index;
	uint8_t v = (uint8_t)value;

	if (a->port == 0x70) {
		rtc->index = v & 0x7f; /* bit 7 masks NMI on a PC: there is none to mask */
		return;
	}
	update(p, a->now);
	if (calendar_register(index))
		write_time(rtc, index, v);
	else if (index == REG_A)
		rtc->ram[REG_A] = v & 0x7f;
	else if (index == REG_B)
		write_b(rtc, v);
	else if (index != REG_C && index != REG_D)
		rtc->ram[index] = v;
	update(p, a->now);
}

static uint8_t read_register(struct rtc *rtc, unsigned index)
{
	uint8_t registers[RTC_BYTES];
	uint64_t left = RTC_HZ - rtc->seen % RTC_HZ;
	uint8_t value = rtc->ram[index];

	if (calendar_register(index) && !stopped(rtc)) {
		show_time(rtc, registers);
		return registers[index];
	}
	if (index == REG_A && !stopped(rtc) && left <= UPDATE_TICKS)
		return value | A_UPDATING;
	if (index == REG_C)
		rtc->ram[REG_C] = 0; /* reading acknowledges */
	return index == REG_D ? D_VALID : value;
}

uint32_t rtc_port_read(struct platform *p, const struct port_access *a)
{
	uint8_t value;

	if (a->port == 0x70)
		return 0xff; /* the index cannot be read */
	update(p, a->now);
	value = read_register(&p->rtc, p->rtc.index);
	update(p, a->now);
	return value;
}
