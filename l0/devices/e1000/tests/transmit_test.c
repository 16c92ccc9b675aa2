// SPDX-License-Identifier: Apache-2.0
#include "devices/e1000/internal.h"
#include "driver.h"
#include "suites.h"

#include <string.h>

static uint8_t bytes[FRAME_MAX];

/* What comes out is these bytes and nothing else. */
static void comes_out(const uint8_t *expected, uint32_t size)
{
	const struct frame *frame = other_next();

	ck_assert_ptr_nonnull(frame);
	ck_assert_uint_eq(frame->size, size);
	ck_assert_mem_eq(frame->bytes, expected, size);
	other_taken();
	ck_assert_ptr_null(other_next());
}

START_TEST(legacy)
{
	bench_start();
	driver_start(0);
	make_frame(bytes, other_mac, bench_mac, 1500);
	driver_send(bytes, 1514);
	comes_out(bytes, 1514);
	ck_assert_uint_eq(tx_status(0), TX_DD);
	ck_assert_uint_eq(get(AT_TDH), 1);
	ck_assert_uint_eq(get(AT_ICR), INT_TXDW | INT_TXQE);
	/* Without RS there is no word of it. */
	driver_put(bytes, TX_EOP | TX_IFCS, 0, 1000);
	driver_kick();
	comes_out(bytes, 1000);
	ck_assert_uint_eq(tx_status(1), 0);
	ck_assert_uint_eq(get(AT_ICR), INT_TXQE);
	ck_assert_uint_eq(get(AT_GPTC), 2);
	ck_assert_uint_eq(get(AT_GPTC), 0);
	ck_assert_uint_eq(get(AT_GOTCL), 1514 + 1000 + 8);
	ck_assert_uint_eq(get(AT_GOTCL), 1514 + 1000 + 8);
	ck_assert_uint_eq(get(AT_GOTCH), 0);
	ck_assert_uint_eq(get(AT_GOTCL), 0);
	ck_assert_uint_eq(get(AT_PTC1522), 1);
	ck_assert_uint_eq(get(AT_PTC1023), 1);
}
END_TEST

START_TEST(several_descriptors)
{
	static const uint32_t sizes[] = {1, 13, 0, 700, 300, 500};
	uint32_t at = 0;

	bench_start();
	driver_start(0);
	make_frame(bytes, other_mac, bench_mac, 1500);
	for (unsigned i = 0; i < 6; i++) {
		driver_put(bytes + at, i == 5 ? TX_EOP | TX_IFCS | TX_RS : 0, 0, sizes[i]);
		at += sizes[i];
		driver_kick();
		ck_assert(i == 5 || !other_next());
	}
	comes_out(bytes, 1514);
	/* Extended ones, of which one lies across pages. */
	memcpy(b.ram + 0x5fc0, bytes, 1000);
	driver_put_raw(0x5fc0, TX_DEXT | TX_TYPE_DATA | 1000, 0);
	driver_put(bytes + 1000, TX_DEXT | TX_TYPE_DATA | TX_EOP | TX_IFCS, 0, 514);
	driver_kick();
	comes_out(bytes, 1514);
}
END_TEST

START_TEST(short_ones)
{
	uint8_t padded[FRAME_MIN] = {0};

	bench_start();
	driver_start(0);
	make_frame(bytes, other_mac, bench_mac, 20);
	memcpy(padded, bytes, 34);
	driver_send(bytes, 34);
	comes_out(padded, FRAME_MIN);
	ck_assert_uint_eq(get(AT_PTC64), 1);
	set(AT_TCTL, TCTL_EN);
	driver_send(bytes, 34); /* nobody takes a runt */
	ck_assert_ptr_null(other_next());
	ck_assert_uint_eq(tx_status(1), TX_DD);
}
END_TEST

START_TEST(own_check_sequence)
{
	uint32_t crc;

	bench_start();
	driver_start(0);
	/* The check value that catalogues of CRCs name for this one. */
	ck_assert_uint_eq(e1000_check_sequence(0, (const uint8_t *)"123456789", 9), 0xcbf43926);
	make_frame(bytes, other_mac, bench_mac, 100);
	crc = e1000_check_sequence(0, bytes, 114);
	memcpy(bytes + 114, &crc, 4);
	driver_put(bytes, TX_EOP, 0, 118);
	driver_kick();
	comes_out(bytes, 114);
	bytes[50] ^= 1; /* nobody takes it */
	driver_put(bytes, TX_EOP, 0, 118);
	driver_kick();
	ck_assert_ptr_null(other_next());
}
END_TEST

START_TEST(tags)
{
	uint8_t tagged[100 + ETHERNET_TAG];

	bench_start();
	driver_start(0);
	make_frame(bytes, other_mac, bench_mac, 86);
	memcpy(tagged, bytes, 12);
	put16(tagged + 12, 0x8100);
	put16(tagged + 14, 0x2abc);
	memcpy(tagged + 16, bytes + 12, 88);
	driver_put(bytes, TX_EOP | TX_IFCS | TX_VLE, 0x2abc0000, 100);
	driver_kick();
	comes_out(bytes, 100); /* CTRL.VME is off */
	set(AT_CTRL, get(AT_CTRL) | CTRL_VME);
	driver_put(bytes, TX_EOP | TX_IFCS | TX_VLE, 0x2abc0000, 100);
	driver_kick();
	comes_out(tagged, 104);
	driver_put(bytes, TX_EOP | TX_IFCS, 0x2abc0000, 100);
	driver_kick();
	comes_out(bytes, 100);
}
END_TEST

START_TEST(around_the_ring)
{
	bench_start();
	driver_start(0);
	for (unsigned i = 0; i < 10 * RING; i++) {
		uint32_t size = FRAME_MIN + (uint32_t)(draw() % 1455);

		make_frame(bytes, other_mac, bench_mac, size - ETHERNET_BYTES);
		driver_send(bytes, size);
		comes_out(bytes, size);
	}
	ck_assert_uint_eq(get(AT_TPT), 10 * RING);
}
END_TEST

/* Counters stop where they have no more room. */
START_TEST(counters_stop)
{
	bench_start();
	driver_start(0);
	b.e.reg[STAT_GPTC] = 0xfffffffe;
	b.e.reg[STAT_GOTCL] = 0xffffff00;
	b.e.reg[STAT_TOTL] = 0xffffff00;
	b.e.reg[STAT_TOTH] = 0xffffffff;
	make_frame(bytes, other_mac, bench_mac, 1000);
	for (unsigned i = 0; i < 3; i++)
		driver_send(bytes, 1014);
	ck_assert_uint_eq(get(AT_GPTC), 0xffffffff);
	ck_assert_uint_eq(get(AT_GPTC), 0);
	ck_assert_uint_eq(get(AT_GOTCL), (0xffffff00 + 3 * 1018) & 0xffffffff);
	ck_assert_uint_eq(get(AT_GOTCH), 1);
	ck_assert_uint_eq(get(AT_TOTL) & get(AT_TOTH), 0xffffffff);
}
END_TEST

/* More than a turn's worth goes on by itself, a microsecond later at the earliest. */
START_TEST(turns)
{
	bench_start();
	driver_start(0);
	set(AT_TDLEN, 4096);
	set(AT_TDBAL, 0x30000);
	for (unsigned i = 0; i < 255; i++) {
		uint64_t second = (uint64_t)TX_EOP << 0 | 100 | TX_IFCS, address = TX_BUFFERS;

		memcpy(b.ram + 0x30000 + i * 16, &address, 8);
		memcpy(b.ram + 0x30000 + i * 16 + 8, &second, 8);
	}
	set(AT_TDT, 255);
	ck_assert_uint_eq(get(AT_TDH), 64);
	advance(999);
	ck_assert_uint_eq(get(AT_TDH), 64);
	advance(10000);
	ck_assert_uint_eq(get(AT_TDH), 255);
}
END_TEST

START_TEST(low_threshold)
{
	bench_start();
	driver_start(0);
	set(AT_TXDCTL, 2 << TXDCTL_LWTHRESH_SHIFT); /* 16 descriptors */
	set(AT_TCTL, 0);
	for (unsigned i = 0; i < 20; i++)
		driver_put(bytes, TX_EOP | TX_IFCS, 0, 60);
	driver_kick();
	ck_assert_uint_eq(get(AT_TDH), 0);
	set(AT_TCTL, TCTL_EN);
	ck_assert_uint_eq(get(AT_ICR), INT_TXQE | INT_TXD_LOW);
	driver_put(bytes, TX_EOP | TX_IFCS, 0, 60);
	driver_kick();
	ck_assert_uint_eq(get(AT_ICR), INT_TXQE);
}
END_TEST

TCase *transmit_tests(void)
{
	TCase *t = tcase_create("transmit");

	tcase_add_test(t, legacy);
	tcase_add_test(t, several_descriptors);
	tcase_add_test(t, short_ones);
	tcase_add_test(t, own_check_sequence);
	tcase_add_test(t, tags);
	tcase_add_test(t, around_the_ring);
	tcase_add_test(t, counters_stop);
	tcase_add_test(t, turns);
	tcase_add_test(t, low_threshold);
	return t;
}
