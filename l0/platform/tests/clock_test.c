// SPDX-License-Identifier: Apache-2.0
#include "machine.h"
#include "suites.h"

__extension__ typedef unsigned __int128 wide;

START_TEST(muldiv_is_exact)
{
	const uint64_t values[] = {
		0,         1,          2,          3,           1193182,
		3579545,   1000000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff,
		UINT64_MAX};
	const size_t n = sizeof(values) / sizeof(values[0]);

	for (size_t i = 0; i < n * n * n; i++) {
		uint64_t a = values[i % n], b = values[i / n % n], c = values[i / n / n];
		wide q = c ? (wide)a * b / c : (wide)UINT64_MAX;

		ck_assert_uint_eq(muldiv(a, b, c), q > UINT64_MAX ? UINT64_MAX : (uint64_t)q);
	}
}
END_TEST

/* The TSC that clock_tsc() gives is the first one with that tick, over ten years. */
START_TEST(ticks_and_back)
{
	const uint64_t rates[] = {RTC_HZ, PIT_HZ, PM_TIMER_HZ, 24000000, 1000000000, 2893000000};
	const uint64_t tscs[] = {1000000000, 2893000000, 3500001000, 999999000};

	for (size_t i = 0; i < 24; i++) {
		struct clock c = {12345, rates[i % 6], tscs[i / 6]};
		uint64_t last = c.hz * 86400 * 3650;

		for (uint64_t t = 1; t < last; t = t * 3 + i) {
			uint64_t tsc = clock_tsc(&c, t);

			ensure(clock_ticks(&c, tsc) >= t);
			ensure(clock_ticks(&c, tsc - 1) < t);
		}
	}
}
END_TEST

START_TEST(edges_of_time)
{
	struct clock c = {1000, PIT_HZ, 1000000000};

	ck_assert_uint_eq(clock_ticks(&c, 0), 0);
	ck_assert_uint_eq(clock_ticks(&c, 1000), 0);
	ck_assert_uint_eq(clock_tsc(&c, UINT64_MAX), CLOCK_NEVER);
	ck_assert_uint_eq(clock_tsc(&c, 0), 1000);
	/* An hour is exact: 3600 s of the device in 3600 s of the TSC. */
	ck_assert_uint_eq(clock_ticks(&c, 1000 + 3600ull * 1000000000), 3600ull * PIT_HZ);
}
END_TEST

TCase *clock_tests(void)
{
	TCase *t = tcase_create("clock");

	tcase_add_test(t, muldiv_is_exact);
	tcase_add_test(t, ticks_and_back);
	tcase_add_test(t, edges_of_time);
	return t;
}
