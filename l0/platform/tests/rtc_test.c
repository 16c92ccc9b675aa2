// SPDX-License-Identifier: Apache-2.0
#include <time.h>

#include "machine.h"
#include "platform/calendar.h"
#include "suites.h"

#define SECOND 1000000000ull

static uint32_t get(uint8_t index)
{
	outb(0x70, index);
	return inb(0x71);
}

static void set(uint8_t index, uint8_t value)
{
	outb(0x70, index);
	outb(0x71, value);
}

/* Every day and odd times of day of four centuries, against the C library. */
START_TEST(calendar_round_trip)
{
	for (int64_t s = -11676096000; s < 4102444800; s += 86400 - 7919) {
		uint8_t r[128], formats[] = {0, 2, 4, 6};
		time_t when = (time_t)s;
		struct tm tm;

		gmtime_r(&when, &tm);
		for (unsigned f = 0; f < 4; f++) {
			calendar_encode(s, formats[f], r);
			ensure(calendar_decode(formats[f], r) == s);
		}
		ensure(r[6] == tm.tm_wday + 1);
		ensure(r[7] == tm.tm_mday);
		ensure(r[8] == tm.tm_mon + 1);
		ensure(r[9] + 100 * r[0x32] == tm.tm_year + 1900);
		ensure(r[4] == tm.tm_hour);
	}
}
END_TEST

START_TEST(epoch_and_running)
{
	machine_start(1, false);
	ck_assert_uint_eq(get(0x32), 0x20);
	ck_assert_uint_eq(get(9), 0x26);
	ck_assert_uint_eq(get(8), 0x01);
	ck_assert_uint_eq(get(7), 0x01);
	ck_assert_uint_eq(get(6), 0x05); /* a Thursday */
	ck_assert_uint_eq(get(4) | get(2) | get(0), 0);
	m.now += 86399 * SECOND;
	ck_assert_uint_eq(get(4), 0x23);
	ck_assert_uint_eq(get(2), 0x59);
	ck_assert_uint_eq(get(0), 0x59);
	m.now += SECOND;
	ck_assert_uint_eq(get(7), 0x02);
	ck_assert_uint_eq(get(0), 0x00);
	ck_assert_uint_eq(get(0x0d), 0x80);
	ck_assert_uint_eq(inb(0x70), 0xff);
}
END_TEST

/* As Linux sets it: SET, the registers in any order, SET off. */
START_TEST(set_time)
{
	machine_start(1, false);
	m.now += 30 * 86400 * SECOND; /* 31 January: day 31 must not spill into March */
	set(0x0b, 0x82);
	m.now += 3 * SECOND;
	set(8, 0x02);
	set(7, 0x28);
	set(9, 0x27);
	set(4, 0x23);
	set(2, 0x59);
	set(0, 0x58);
	m.now += 3 * SECOND;
	ck_assert_uint_eq(get(0), 0x58);
	set(0x0b, 0x02);
	m.now += 2 * SECOND;
	ck_assert_uint_eq(get(8), 0x03);
	ck_assert_uint_eq(get(7), 0x01);
	ck_assert_uint_eq(get(0), 0x00);
	/* Binary and 12 hours: the same moment in other words. */
	set(0x0b, 0x04);
	ck_assert_uint_eq(get(4), 12);
	set(4, 0x80 | 11);
	set(0x0b, 0x02);
	ck_assert_uint_eq(get(4), 0x23);
}
END_TEST

START_TEST(update_in_progress)
{
	machine_start(1, false);
	ck_assert_uint_eq(get(0x0a), 0x26);
	m.now = 5000 + SECOND - SECOND / 32768 * 8 + 100;
	ck_assert_uint_eq(get(0x0a), 0xa6);
	m.now = 5000 + SECOND;
	ck_assert_uint_eq(get(0x0a), 0x26);
}
END_TEST

static unsigned count_interrupts(uint64_t ticks)
{
	uint64_t end = m.now + ticks;
	unsigned n = 0;

	while (platform_due(&m.p, PLATFORM_OWNER) <= end) {
		m.now = platform_due(&m.p, PLATFORM_OWNER);
		platform_run(&m.p, m.now);
		ensure(platform_extint_ack(&m.p) == 0x38);
		outb(0xa0, 0x20);
		outb(0x20, 0x20);
		ensure(get(0x0c) >= 0x80);
		n++;
	}
	m.now = end;
	return n;
}

START_TEST(interrupts)
{
	machine_start(1, false);
	machine_pic(0x30, 0xffff);
	set(0x0b, 0x42);
	ck_assert_uint_eq(count_interrupts(10 * SECOND), 10240);
	set(0x0a, 0x23);
	ck_assert_uint_eq(count_interrupts(SECOND), 8192);
	set(0x0b, 0x12);
	get(0x0c);
	ck_assert_uint_eq(count_interrupts(100 * SECOND), 100);
	set(0x0b, 0x02);
	ck_assert_uint_eq(platform_due(&m.p, PLATFORM_OWNER), CLOCK_NEVER);
}
END_TEST

START_TEST(unread_flags_stop_interrupts)
{
	machine_start(1, false);
	machine_pic(0x30, 0xffff);
	set(0x0b, 0x42);
	ck_assert_uint_eq(machine_advance(10 * SECOND), 1);
	ck_assert_uint_eq(get(0x0c), 0xd0);
	ck_assert_uint_eq(get(0x0c), 0x00);
	ck_assert_uint_lt(platform_due(&m.p, PLATFORM_OWNER), m.now + SECOND / 1000);
}
END_TEST

START_TEST(alarm_fires_once_a_day)
{
	machine_start(1, false);
	machine_pic(0x30, 0xffff);
	set(5, 0x12);
	set(3, 0x34);
	set(1, 0x56);
	set(0x0b, 0x22);
	ck_assert_uint_eq(platform_due(&m.p, PLATFORM_OWNER),
			  5000 + (12 * 3600 + 34 * 60 + 56) * SECOND);
	ck_assert_uint_eq(count_interrupts(10 * 86400 * SECOND), 10);
}
END_TEST

/* The alarm's formula against a search second by second. */
START_TEST(alarm_formula)
{
	const uint8_t fields[] = {0, 1, 7, 11, 23, 59, 0xff};

	for (unsigned i = 0; i < 343; i++) {
		struct calendar_alarm a = {fields[i % 7], fields[i / 7 % 7], fields[i / 49]};

		for (int64_t from = 86400 * 365; from < 86400 * 367; from += 3593) {
			int64_t t = from + 1;

			while (t <= from + 86400 &&
			       !((a.hours > 99 || t / 3600 % 24 == a.hours) &&
				 (a.minutes > 99 || t / 60 % 60 == a.minutes) &&
				 (a.seconds > 99 || t % 60 == a.seconds)))
				t++;
			if (t > from + 86400)
				t = INT64_MAX;
			ensure(calendar_next_alarm(&a, 6, from) == t);
		}
	}
}
END_TEST

START_TEST(memory_size)
{
	machine_start_khz(1, 1000000, 0);
	ck_assert_uint_eq(get(0x15) | get(0x16) << 8, 640);
	ck_assert_uint_eq(get(0x17) | get(0x18) << 8, 0xffff);
	ck_assert_uint_eq(get(0x34) | get(0x35) << 8, (3072 - 16) * 16);
	ck_assert_uint_eq(get(0x5b) | get(0x5c) << 8 | get(0x5d) << 16, 5 * 1024 * 16);
	set(0x40, 0x5a);
	ck_assert_uint_eq(get(0x40), 0x5a);
}
END_TEST

TCase *rtc_tests(void)
{
	TCase *t = tcase_create("RTC");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, calendar_round_trip);
	tcase_add_test(t, epoch_and_running);
	tcase_add_test(t, set_time);
	tcase_add_test(t, update_in_progress);
	tcase_add_test(t, interrupts);
	tcase_add_test(t, unread_flags_stop_interrupts);
	tcase_add_test(t, alarm_fires_once_a_day);
	tcase_add_test(t, alarm_formula);
	tcase_add_test(t, memory_size);
	return t;
}
