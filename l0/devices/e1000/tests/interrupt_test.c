// SPDX-License-Identifier: Apache-2.0
#include "driver.h"
#include "suites.h"

#include <string.h>

#include "platform/pci_regs.h"

static uint8_t bytes[FRAME_MTU];

static void frame_arrives(void)
{
	make_frame(bytes, bench_mac, other_mac, 600);
	other_send_bytes(bytes, 614);
	advance(0);
	if (driver_next())
		driver_taken();
}

START_TEST(causes)
{
	bench_start();
	driver_start(0);
	set(AT_ICS, INT_TXDW | INT_RXT0);
	ck_assert(!b.level);
	set(AT_IMS, INT_RXT0);
	ck_assert(b.level);
	ck_assert_uint_eq(get(AT_IMS), INT_RXT0);
	set(AT_ICR, INT_RXT0); /* written ones clear */
	ck_assert(!b.level);
	ck_assert_uint_eq(get(AT_ICR), INT_TXDW);
	ck_assert_uint_eq(get(AT_ICR), 0);
	set(AT_ICS, INT_RXT0);
	ck_assert(b.level);
	set(AT_IMC, INT_RXT0);
	ck_assert(!b.level);
	set(AT_IMS, INT_RXT0);
	ck_assert(b.level);
	get(AT_ICR);
	ck_assert(!b.level);
	ck_assert_uint_eq(b.interrupts, 3);
	ck_assert_uint_eq(get(AT_ICS) | get(AT_IMC), 0);
	set(AT_ICS, 0xffffffff);
	ck_assert_uint_eq(get(AT_ICR), INT_ALL);
}
END_TEST

/* A handler that reads ICR at once; causes every @every ticks for @ticks. */
static void storm(uint64_t ticks, uint64_t every)
{
	uint64_t end = b.now + ticks;

	while (b.now < end) {
		set(AT_ICS, INT_RXT0);
		if (b.level)
			get(AT_ICR);
		for (uint64_t n = 0; n < every; n += 16) {
			advance(16);
			if (b.level)
				get(AT_ICR);
		}
	}
}

/* So many intervals, and the one that comes at once: no more and no less. */
START_TEST(throttle)
{
	static const uint32_t intervals[] = {1000, 500, 196, 25};

	bench_start();
	driver_start(0);
	set(AT_IMS, INT_RXT0);
	for (unsigned i = 0; i < 4; i++) {
		set(AT_ITR, intervals[i]);
		advance(1000000);
		get(AT_ICR);
		advance(1000000);
		b.interrupts = 0;
		storm(intervals[i] * 256 * 20 - 16, 16);
		ck_assert_uint_eq(b.interrupts, 20);
	}
	set(AT_ITR, 0);
	get(AT_ICR);
	b.interrupts = 0;
	storm(16 * 1000, 16);
	ck_assert_uint_eq(b.interrupts, 1000);
}
END_TEST

START_TEST(throttled_to_the_tick)
{
	uint64_t first;

	bench_start();
	driver_start(0);
	set(AT_IMS, INT_RXT0);
	set(AT_ITR, 1000); /* 256 microseconds */
	set(AT_ICS, INT_RXT0);
	first = b.interrupted_at;
	ck_assert_uint_eq(first, b.now);
	get(AT_ICR);
	advance(100000);
	set(AT_ICS, INT_RXT0);
	ck_assert(!b.level);
	advance(500000);
	ck_assert_uint_eq(b.interrupts, 2);
	ck_assert_uint_eq(b.interrupted_at, first + 256000);
	/* One that waits and is taken back does not come. */
	get(AT_ICR);
	set(AT_ICS, INT_RXT0);
	get(AT_ICR);
	set(AT_ICS, INT_RXT0);
	set(AT_ICR, INT_RXT0);
	advance(500000);
	ck_assert_uint_eq(b.interrupts, 3);
}
END_TEST

START_TEST(receive_delays)
{
	uint64_t start;

	bench_start();
	driver_start(0);
	set(AT_IMS, INT_RXT0);
	set(AT_RDTR, 100); /* 102400 ns after the last one */
	start = b.now;
	frame_arrives();
	advance(60000);
	frame_arrives();
	ck_assert_uint_eq(b.interrupts, 0);
	advance(200000);
	ck_assert_uint_eq(b.interrupts, 1);
	ck_assert_uint_eq(b.interrupted_at, start + 60000 + 102400);
	get(AT_ICR);
	/* And 150 after the first one at the latest. */
	set(AT_RADV, 150);
	start = b.now;
	for (unsigned i = 0; i < 4; i++) {
		frame_arrives();
		advance(50000);
	}
	ck_assert_uint_eq(b.interrupts, 2);
	ck_assert_uint_eq(b.interrupted_at, start + 153600);
	get(AT_ICR);
	advance(1000000);
	get(AT_ICR);
	b.interrupts = 0;
	frame_arrives();
	set(AT_RDTR, RDTR_FPD | 100);
	ck_assert_uint_eq(b.interrupts, 1);
	ck_assert_uint_eq(get(AT_RDTR), 100);
	get(AT_ICR);
	advance(1000000);
	ck_assert_uint_eq(b.interrupts, 1);
	/* A small one does not wait. */
	set(AT_RSRPD, 1000);
	frame_arrives();
	ck_assert_uint_eq(get(AT_ICR), INT_RXT0 | INT_SRPD);
	advance(1000000);
	ck_assert_uint_eq(get(AT_ICR), 0);
}
END_TEST

static void sends(uint32_t options)
{
	driver_put(bytes, TX_EOP | TX_IFCS | TX_RS | options, 0, 60);
	driver_kick();
}

START_TEST(transmit_delays)
{
	uint64_t start;

	bench_start();
	driver_start(0);
	set(AT_IMS, INT_TXDW);
	set(AT_TIDV, 8);
	set(AT_TADV, 32);
	start = b.now;
	for (unsigned i = 0; i < 10; i++) {
		sends(TX_IDE);
		advance(5000);
	}
	ck_assert_uint_eq(b.interrupts, 1);
	ck_assert_uint_eq(b.interrupted_at, start + 32768);
	get(AT_ICR);
	advance(100000);
	ck_assert_uint_eq(b.interrupts, 2);
	ck_assert_uint_eq(b.interrupted_at, start + 45000 + 8192);
	get(AT_ICR);
	sends(TX_IDE);
	sends(0); /* at once, and for both */
	ck_assert_uint_eq(b.interrupts, 3);
	get(AT_ICR);
	advance(100000);
	ck_assert_uint_eq(b.interrupts, 3);
}
END_TEST

START_TEST(messages)
{
	unsigned msi;

	bench_start();
	driver_start(0);
	msi = b.e.function.msi;
	config_set(msi + 4, 4, 0xfee00000);
	config_set(msi + 12, 2, 0x40);
	config_set(msi + 2, 2, config_get(msi + 2, 2) | 1);
	set(AT_IMS, INT_RXT0);
	for (unsigned i = 1; i <= 5; i++) {
		set(AT_ICS, INT_RXT0);
		set(AT_ICS, INT_RXT0);
		ck_assert_uint_eq(b.messages, i);
		get(AT_ICR);
	}
	ck_assert_uint_eq(b.interrupts, 0); /* of the pin */
	set(AT_ITR, 100);
	set(AT_ICS, INT_RXT0);
	ck_assert_uint_eq(b.messages, 5);
	advance(25600);
	ck_assert_uint_eq(b.messages, 6);
}
END_TEST

START_TEST(link_change)
{
	bench_start();
	driver_start(0);
	set(AT_IMS, INT_LSC);
	set(AT_CTRL, get(AT_CTRL) & ~CTRL_SLU);
	ck_assert_uint_eq(b.interrupts, 1);
	ck_assert_uint_eq(get(AT_STATUS) & STATUS_LU, 0);
	get(AT_ICR);
	set(AT_CTRL, get(AT_CTRL) | CTRL_SLU);
	ck_assert_uint_eq(b.interrupts, 2);
}
END_TEST

TCase *interrupt_tests(void)
{
	TCase *t = tcase_create("interrupts");

	tcase_add_test(t, causes);
	tcase_add_test(t, throttle);
	tcase_add_test(t, throttled_to_the_tick);
	tcase_add_test(t, receive_delays);
	tcase_add_test(t, transmit_delays);
	tcase_add_test(t, messages);
	tcase_add_test(t, link_change);
	return t;
}
