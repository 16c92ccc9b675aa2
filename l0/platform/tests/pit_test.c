// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "suites.h"

#define SECOND 1000000000ull

static void program(unsigned channel, unsigned mode, unsigned count)
{
	outb(0x43, channel << 6 | 0x30 | mode << 1);
	outb((uint16_t)(0x40 + channel), count & 0xff);
	outb((uint16_t)(0x40 + channel), count >> 8);
}

static uint16_t latch(unsigned channel)
{
	uint32_t low;

	outb(0x43, channel << 6);
	low = inb((uint16_t)(0x40 + channel));
	return (uint16_t)(low | inb((uint16_t)(0x40 + channel)) << 8);
}

/* A thousand seconds of 100 Hz: every interrupt comes, none drifts. */
START_TEST(rate_is_exact)
{
	unsigned interrupts = 0;
	uint64_t from;

	machine_start(1, false);
	machine_pic(0x30, 0x01);
	program(0, 2, 11932);
	from = m.now;
	for (unsigned i = 1; i <= 100000; i++) {
		uint64_t due = clock_tsc(&m.p.pit.clock, 11932ull * i);

		ensure(platform_due(&m.p, PLATFORM_OWNER) == due);
		m.now = due;
		platform_run(&m.p, m.now);
		ensure(platform_extint_pending(&m.p, 0));
		ensure(platform_extint_ack(&m.p) == 0x30);
		outb(0x20, 0x20);
		interrupts++;
	}
	/* 100000 * 11932 / 1193182 Hz */
	ensure((m.now - from) / 1000 == 1000015085);
	ensure(interrupts == 100000);
}
END_TEST

START_TEST(missed_periods_are_one)
{
	machine_start(1, false);
	machine_pic(0x30, 0x01);
	program(0, 3, 1193);
	m.now += 10 * SECOND;
	platform_run(&m.p, m.now);
	ck_assert_int_eq(platform_extint_ack(&m.p), 0x30);
	outb(0x20, 0x20);
	ck_assert(!platform_extint_pending(&m.p, 0));
	ck_assert_uint_gt(platform_due(&m.p, PLATFORM_OWNER), m.now);
	ck_assert_uint_lt(platform_due(&m.p, PLATFORM_OWNER), m.now + SECOND / 900);
}
END_TEST

START_TEST(tiny_period_leaves_time)
{
	machine_start(1, false);
	program(0, 2, 1);
	/* Ten milliseconds of the shortest period are a thousand events at most. */
	ck_assert_uint_le(machine_advance(SECOND / 100), 1001);
}
END_TEST

START_TEST(one_shot)
{
	machine_start(1, false);
	machine_pic(0x30, 0x01);
	program(0, 0, 1193);
	ck_assert_uint_eq(machine_advance(SECOND), 1);
	ck_assert(platform_extint_pending(&m.p, 0));
	ck_assert_uint_eq(platform_due(&m.p, PLATFORM_OWNER), CLOCK_NEVER);
}
END_TEST

START_TEST(latch_and_read_back)
{
	machine_start(1, false);
	program(0, 2, 10000);
	m.now += clock_tsc(&m.p.pit.clock, 2500) - m.p.pit.clock.start;
	ck_assert_uint_eq(latch(0), 7500);
	/* The count stays latched while time goes on. */
	outb(0x43, 0x00);
	m.now += SECOND / 1000;
	ck_assert_uint_eq(inb(0x40) | inb(0x40) << 8, 7500);
	outb(0x43, 0xc2); /* read back status and count of channel 0 */
	ck_assert_uint_eq(inb(0x40), 0xb4);
	inb(0x40);
	inb(0x40);
	/* No count yet: the null flag. */
	outb(0x43, 0x34);
	outb(0x43, 0xe2);
	ck_assert_uint_eq(inb(0x40) & 0x40, 0x40);
}
END_TEST

START_TEST(bcd_counts_by_ten)
{
	machine_start(1, false);
	outb(0x43, 0x35);
	outb(0x40, 0x00);
	outb(0x40, 0x10); /* 1000 */
	m.now = clock_tsc(&m.p.pit.clock, 1);
	ck_assert_uint_eq(latch(0), 0x0999);
}
END_TEST

/* What Linux does to calibrate: channel 2, mode 0, gate on, output at bit 5 of port 61H. */
START_TEST(speaker_gate_measures_time)
{
	machine_start(1, false);
	outb(0x61, (inb(0x61) & ~2u) | 1);
	program(2, 0, 59659); /* 50 ms */
	ck_assert_uint_eq(inb(0x61) & 0x20, 0);
	m.now = clock_tsc(&m.p.pit.clock, 59659) - 1;
	ck_assert_uint_eq(inb(0x61) & 0x20, 0);
	m.now++;
	ck_assert_uint_eq(inb(0x61) & 0x21, 0x21);
	ck_assert_uint_eq((m.now - 5000) / 1000, 49999);
	/* Gate off: the output of mode 0 stays low for ever. */
	outb(0x61, 0);
	program(2, 0, 10);
	m.now += SECOND;
	ck_assert_uint_eq(inb(0x61) & 0x21, 0);
}
END_TEST

START_TEST(square_wave)
{
	machine_start(1, false);
	outb(0x61, 1);
	program(2, 3, 100);
	for (uint64_t t = 0; t < 1000; t++) {
		m.now = clock_tsc(&m.p.pit.clock, t);
		ensure(((inb(0x61) & 0x20) != 0) == (t % 100 < 50));
		ensure(latch(2) == 100 - 2 * t % 100);
	}
}
END_TEST

TCase *pit_tests(void)
{
	TCase *t = tcase_create("8254");

	tcase_add_test(t, rate_is_exact);
	tcase_add_test(t, missed_periods_are_one);
	tcase_add_test(t, tiny_period_leaves_time);
	tcase_add_test(t, one_shot);
	tcase_add_test(t, latch_and_read_back);
	tcase_add_test(t, bcd_counts_by_ten);
	tcase_add_test(t, speaker_gate_measures_time);
	tcase_add_test(t, square_wave);
	return t;
}
