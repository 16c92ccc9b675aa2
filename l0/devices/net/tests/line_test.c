// SPDX-License-Identifier: Apache-2.0
#include "devices/net/line.h"
#include "lib/lock.h"
#include "packets.h"
#include "platform/clock.h"
#include "suites.h"

__extension__ typedef unsigned __int128 wide;

static const uint32_t rates[] = {10, 100, 1000, 2500, 10000, 25000, 40000, 100000};
static const uint64_t clocks[] = {1000000, 2900000, 2893007, 3333333, 100};

/* The first tick at which @bytes are out, of a line that began at @start. */
static uint64_t out_at(uint64_t start, uint64_t bytes, uint64_t khz, uint32_t mbit)
{
	wide ticks = (wide)bytes * 8 * khz, rate = (wide)mbit * 1000;

	return start + (uint64_t)((ticks + rate - 1) / rate);
}

/* A million frames, one behind the other: the last one's tick is as exact as the first one's. */
START_TEST(back_to_back)
{
	uint32_t mbit = rates[(unsigned)_i % 8];
	uint64_t khz = clocks[(unsigned)_i / 8], bytes = 0, start = 1000003;
	struct line_config config = {khz, mbit, 777, UINT64_MAX / 2};
	struct line line;

	ck_assert(line_init(&line, &config));
	for (unsigned n = 0; n < 1000000; n++) {
		uint64_t size = 84 + draw_below(1455);
		uint64_t now = n % 3 ? line.free : start, expected;

		bytes += size;
		expected = out_at(start, bytes, khz, mbit) + 777;
		ensure(line_foresee(&line, now, size) == expected);
		ensure(line_pass(&line, now, size) == expected);
	}
	ck_assert_uint_eq(line.counters.busy, out_at(0, bytes, khz, mbit));
	ck_assert_uint_eq(line.counters.bytes, bytes);
	ck_assert_uint_eq(line.counters.frames, 1000000);
}
END_TEST

/* Frames at random times and a queue that is often full, beside the queue as a list of bytes. */
START_TEST(drop_tail)
{
	struct line_config config = {2900000, rates[_i], 0, 5000};
	uint64_t now = 0, start = 0, sent = 0, dropped = 0, passed = 0;
	struct line line;

	ck_assert(line_init(&line, &config));
	for (unsigned n = 0; n < 200000; n++) {
		uint64_t size = 84 + draw_below(1455), waiting, end, got;
		wide out = (wide)(now - start) * config.mbit * 1000 / (8 * config.tsc_khz);

		if (n == 0 || now > out_at(start, sent, config.tsc_khz, config.mbit)) {
			start = now;
			sent = 0;
			out = 0;
		}
		waiting = sent - (uint64_t)(out < sent ? out : sent);
		end = out_at(start, sent + size, config.tsc_khz, config.mbit);
		got = line_pass(&line, now, size);
		if (waiting && waiting + size > 5000 &&
		    now < out_at(start, sent, config.tsc_khz, config.mbit)) {
			ensure(got == CLOCK_NEVER);
			dropped++;
		} else {
			ensure(got == end);
			sent += size;
			passed++;
		}
		now += draw_below((uint32_t)line_ticks(&line, 1500));
	}
	ck_assert_uint_gt(dropped, 1000);
	ck_assert_uint_eq(line.counters.dropped, dropped);
	ck_assert_uint_eq(line.counters.frames, passed);
}
END_TEST

START_TEST(what_is_no_line)
{
	struct line line;

	ck_assert(!line_init(&line, &(struct line_config){0, 1000, 0, 0}));
	ck_assert(!line_init(&line, &(struct line_config){1000000, 0, 0, 0}));
	ck_assert(!line_init(&line, &(struct line_config){1000000, LINE_MBIT_MAX + 1, 0, 0}));
	/* A queue of nothing still passes what finds the line free. */
	ck_assert(line_init(&line, &(struct line_config){1000000, 8000, 10, 0}));
	ck_assert_uint_eq(line_pass(&line, 100, 1000), 1110);
	ck_assert_uint_eq(line_pass(&line, 1099, 84), CLOCK_NEVER);
	ck_assert_uint_eq(line_pass(&line, 1100, 84), 1194);
}
END_TEST

/* By the receiver's clock; what comes before that began is there when it does. */
START_TEST(clocks_that_differ)
{
	struct line line;

	ck_assert(line_init(&line, &(struct line_config){1000000, 8000, 50, 100000}));
	line.shift = 5000;
	ck_assert_uint_eq(line_pass(&line, 100, 1000), 100 + 1000 + 50 + 5000);
	line.shift = -(uint64_t)3000;
	ck_assert_uint_eq(line_pass(&line, 100, 1000), 0);
	ck_assert_uint_eq(line_pass(&line, 100, 1000), 150);
}
END_TEST

START_TEST(counters_under_the_lock)
{
	struct line_counters c;
	struct lock lock = {0};
	struct line line;

	ck_assert(line_init(&line, &(struct line_config){1000000, 8000, 50, 100000}));
	line.lock = &lock;
	line_pass(&line, 100, 1000);
	line_pass(&line, 100000, 84);
	line_read_counters(&line, &c);
	ck_assert_uint_eq(c.frames, 2);
	ck_assert_uint_eq(c.busy, 1084);
	ck_assert_uint_eq(lock.next, lock.serving);
}
END_TEST

TCase *line_tests(void)
{
	TCase *t = tcase_create("line");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, back_to_back, 0, 40);
	tcase_add_loop_test(t, drop_tail, 0, 8);
	tcase_add_test(t, what_is_no_line);
	tcase_add_test(t, clocks_that_differ);
	tcase_add_test(t, counters_under_the_lock);
	return t;
}
