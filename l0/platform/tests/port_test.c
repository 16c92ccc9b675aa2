// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "suites.h"

START_TEST(unclaimed)
{
	machine_start(1, false);
	ck_assert_uint_eq(in(0x1234, 1), 0xff);
	ck_assert_uint_eq(in(0x1234, 2), 0xffff);
	ck_assert_uint_eq(in(0x1234, 4), 0xffffffff);
	out(0x1234, 4, 0);
	ck_assert_uint_eq(in(0xffff, 4), 0xffffffff);
	out(0xffff, 4, 0x55aa55aa);
	ck_assert_uint_gt(m.p.unclaimed_ports, 0);
}
END_TEST

START_TEST(wide_accesses_split)
{
	machine_start(1, false);
	out(0x70, 2, 0x5a40); /* index and data at once */
	outb(0x70, 0x40);
	ck_assert_uint_eq(inb(0x71), 0x5a);
	ck_assert_uint_eq(in(0x70, 2), 0x5aff);
	/* The upper half of a word on the last port of a device is nobody's. */
	outb(0x3ff, 0x77);
	ck_assert_uint_eq(in(0x3ff, 2), 0xff77);
	/* Across the rows of two devices. */
	ck_assert_uint_eq(in(0x21, 4) >> 8, 0xffffff);
}
END_TEST

START_TEST(ways_to_reset)
{
	machine_start(1, false);
	outb(0x64, 0xfe);
	ck_assert_uint_eq(m.stops, 1);
	outb(0x92, 0x01);
	ck_assert_uint_eq(m.stops, 2);
	outb(0xcf9, 0x02);
	ck_assert_uint_eq(m.stops, 2);
	ck_assert_uint_eq(inb(0xcf9), 0x02);
	outb(0xcf9, 0x06);
	ck_assert_uint_eq(m.stops, 3);
	ck_assert_int_eq(m.why, STOP_REBOOT);
	/* What does not reset. */
	outb(0x64, 0xff);
	outb(0x64, 0xad);
	outb(0x92, 0x02);
	ck_assert_uint_eq(inb(0x92), 0x02);
	out(0xcf8, 4, 0x80000600);
	out(0xcf8, 2, 0x0606);
	ck_assert_uint_eq(m.stops, 3);
}
END_TEST

START_TEST(debug_exit)
{
	machine_start(1, false);
	out(0xf4, 4, 0x12345678);
	ck_assert_int_eq(m.why, STOP_DEBUG_EXIT);
	ck_assert_uint_eq(m.status, 0x12345678);
	out(0xf4, 1, 0x21);
	ck_assert_uint_eq(m.status, 0x21);
}
END_TEST

START_TEST(channel)
{
	machine_start(1, false);
	ck_assert_uint_eq(inb(0xe9), 0xe9);
	outb(0xe9, '{');
	out(0xe9, 4, 0x44434241);
	ck_assert_uint_eq(m.channel_count, 5);
	ck_assert_mem_eq(m.channel, "{ABCD", 5);
}
END_TEST

START_TEST(small_ones)
{
	machine_start(1, false);
	outb(0x80, 0x99);
	ck_assert_uint_eq(inb(0x80), 0x99);
	ck_assert_uint_eq(inb(0x64), 0x00);
	ck_assert_uint_eq(inb(0x60), 0xff);
	outb(0xed, 1);
	outb(0x0d, 0);
	outb(0xf0, 0);
	ck_assert_uint_eq(m.stops, 0);
}
END_TEST

TCase *port_tests(void)
{
	TCase *t = tcase_create("ports");

	tcase_add_test(t, unclaimed);
	tcase_add_test(t, wide_accesses_split);
	tcase_add_test(t, ways_to_reset);
	tcase_add_test(t, debug_exit);
	tcase_add_test(t, channel);
	tcase_add_test(t, small_ones);
	return t;
}
