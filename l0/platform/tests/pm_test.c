// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "suites.h"

#define SECOND 1000000000ull

START_TEST(timer)
{
	machine_start(1, false);
	ck_assert_uint_eq(in(PM_TIMER_PORT, 4), 0);
	m.now += 3600 * SECOND;
	ck_assert_uint_eq(in(PM_TIMER_PORT, 4), (uint32_t)(3600ull * PM_TIMER_HZ));
	ck_assert_uint_eq(in(PM_TIMER_PORT + 1, 1), 3600ull * PM_TIMER_HZ >> 8 & 0xff);
}
END_TEST

START_TEST(power_off)
{
	machine_start(1, false);
	ck_assert_uint_eq(in(PM1_CONTROL_PORT, 2), 1);
	out(PM1_CONTROL_PORT, 2, 3 << 10 | 1 << 13); /* S3: there is none */
	ck_assert_uint_eq(m.stops, 0);
	out(PM1_CONTROL_PORT, 2, 5 << 10);
	ck_assert_uint_eq(in(PM1_CONTROL_PORT, 2), 5 << 10 | 1);
	out(PM1_CONTROL_PORT, 2, 5 << 10 | 1 << 13);
	ck_assert_uint_eq(m.stops, 1);
	ck_assert_int_eq(m.why, STOP_POWEROFF);
}
END_TEST

START_TEST(power_off_by_bytes)
{
	machine_start(1, false);
	outb(PM1_CONTROL_PORT + 1, 5 << 2 | 1 << 5);
	ck_assert_int_eq(m.stops, 1);
}
END_TEST

/* What hypervisors and small kernels write to 604H, Testudo's own machine_off() among them. */
START_TEST(power_off_without_dsdt)
{
	machine_start(2, false);
	platform_port_write(&m.p, 1, 0x604, 2, 0x2000, m.now);
	ck_assert_uint_eq(m.stops, 1);
	ck_assert_int_eq(m.why, STOP_POWEROFF);
}
END_TEST

START_TEST(timer_overflow_is_sci)
{
	machine_start(1, false);
	machine_pic(0x30, 0xffff);
	outb(0x4d1, 0x02);
	out(PM1_EVENT_PORT + 2, 2, 0xffff);
	ck_assert_uint_eq(in(PM1_EVENT_PORT + 2, 2), 0x0721);
	ck_assert_uint_eq(platform_due(&m.p, PLATFORM_OWNER), clock_tsc(&m.p.pm.clock, 1ull << 31));
	ck_assert_uint_eq(machine_advance(600 * SECOND), 1);
	ck_assert(platform_extint_pending(&m.p, 0));
	ck_assert_uint_eq(in(PM1_EVENT_PORT, 4), 0x07210001);
	out(PM1_EVENT_PORT, 2, 1);
	ck_assert_uint_eq(in(PM1_EVENT_PORT, 2), 0);
	ck_assert(!platform_extint_pending(&m.p, 0));
	ck_assert_uint_eq(platform_due(&m.p, PLATFORM_OWNER), clock_tsc(&m.p.pm.clock, 1ull << 32));
}
END_TEST

TCase *pm_tests(void)
{
	TCase *t = tcase_create("ACPI registers");

	tcase_add_test(t, timer);
	tcase_add_test(t, power_off);
	tcase_add_test(t, power_off_by_bytes);
	tcase_add_test(t, power_off_without_dsdt);
	tcase_add_test(t, timer_overflow_is_sci);
	return t;
}
