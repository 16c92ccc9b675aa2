// SPDX-License-Identifier: Apache-2.0
#include "driver.h"
#include "suites.h"

#include <string.h>

#define MASTER_ABORT 0x2000u
#define NOWHERE      0xfffffff000000000ull

static uint8_t bytes[FRAME_MAX];

/* After whatever happened: a reset, and it works. */
static void works(void)
{
	b.broken = false;
	while (other_next())
		other_taken();
	driver_start(0);
	make_frame(bytes, other_mac, bench_mac, 500);
	driver_send(bytes, 514);
	ck_assert_ptr_nonnull(other_next());
	ck_assert_mem_eq(other_next()->bytes, bytes, 514);
	other_taken();
	make_frame(bytes, bench_mac, other_mac, 500);
	other_send_bytes(bytes, 514);
	advance(1000000);
	ck_assert_ptr_nonnull(driver_next());
}

START_TEST(head_and_tail_outside)
{
	static const uint16_t beyond[] = {RING, RING + 1, 0x7fff, 0xffff};

	bench_start();
	for (unsigned i = 0; i < 4; i++) {
		driver_start(0);
		set(AT_TDT, beyond[i]);
		ck_assert_uint_eq(get(AT_TDH), 0);
		set(AT_TDT, 0);
		set(AT_TDH, beyond[i]);
		set(AT_TDT, 5);
		ck_assert_uint_eq(get(AT_TDH), beyond[i]);
		set(AT_RDT, beyond[i]);
		make_frame(bytes, bench_mac, other_mac, 500);
		other_send_bytes(bytes, 514);
		advance(10000);
		ck_assert_uint_eq(get(AT_RDH), 0);
		set(AT_RDH, beyond[i]);
		set(AT_RDT, 5);
		ck_assert_uint_eq(get(AT_RDH), beyond[i]);
		/* No ring at all. */
		set(AT_RDLEN, 0);
		set(AT_TDLEN, 127);
		ck_assert_uint_eq(get(AT_TDLEN), 0);
		set(AT_RDT, 0);
		set(AT_TDT, 0);
		advance(10000);
		ck_assert_uint_eq(config_get(6, 2) & MASTER_ABORT, 0);
		works();
	}
}
END_TEST

static void aborted(void)
{
	ck_assert_uint_eq(config_get(6, 2) & MASTER_ABORT, MASTER_ABORT);
	config_set(6, 2, MASTER_ABORT);
	ck_assert_uint_eq(config_get(6, 2) & MASTER_ABORT, 0);
	advance(1000000);
	ck_assert_uint_eq(config_get(6, 2) & MASTER_ABORT, 0); /* it has stopped */
	works();
}

START_TEST(ring_nowhere)
{
	bench_start();
	driver_start(0);
	set(AT_TDBAH, 0xffffffff);
	set(AT_TDT, 5);
	ck_assert_uint_eq(get(AT_TDH), 0);
	aborted();
	driver_start(0);
	set(AT_RDBAH, 0xffffffff);
	set(AT_RDBAL, 0xfffffff0); /* and around the end of all addresses */
	make_frame(bytes, bench_mac, other_mac, 500);
	other_send_bytes(bytes, 514);
	advance(10000);
	ck_assert_uint_eq(get(AT_RDH), 0);
	aborted();
}
END_TEST

START_TEST(buffers_nowhere)
{
	uint64_t nowhere = NOWHERE;

	bench_start();
	driver_start(0);
	driver_put(bytes, TX_IFCS, 0, 100);
	driver_put_raw(NOWHERE, TX_EOP | TX_IFCS | TX_RS | 1000, 0);
	driver_kick();
	ck_assert_uint_eq(get(AT_TDH), 1);
	ck_assert_uint_eq(tx_status(1), 0);
	aborted();
	/* One that begins within RAM and ends without. */
	driver_start(0);
	driver_put_raw(BENCH_RAM - 10, TX_EOP | TX_IFCS | TX_RS | 1000, 0);
	driver_kick();
	aborted();
	driver_start(0);
	memcpy(b.ram + RX_RING, &nowhere, 8);
	make_frame(bytes, bench_mac, other_mac, 500);
	other_send_bytes(bytes, 514);
	advance(10000);
	ck_assert_uint_eq(get(AT_RDH), 0);
	aborted();
	/* Everything goes away while it works. */
	driver_start(0);
	b.broken = true;
	set(AT_TDT, 3);
	other_send_bytes(bytes, 514);
	advance(10000);
	aborted();
}
END_TEST

/* What a driver says of a large packet, in ways that no packet is. */
static const struct {
	uint8_t ip, l4, l4_offset, header;
	uint16_t mss;
	uint32_t command;
} impossible[] = {
	{14, 34, 50, 54, 0, TX_IP4 | TX_TCP},    /* no segment size */
	{14, 34, 50, 255, 100, TX_IP4 | TX_TCP}, /* headers longer than they are */
	{14, 34, 50, 0, 100, TX_IP4 | TX_TCP},
	{14, 255, 255, 54, 100, TX_IP4 | TX_TCP},
	{14, 34, 20, 54, 100, TX_IP4 | TX_TCP}, /* the checksum before its range */
	{14, 34, 50, 54, 65535, TX_IP4 | TX_TCP},
	{14, 34, 50, 54, 100, TX_TCP}, /* version 6, which it is not */
	{14, 34, 50, 54, 100, TX_IP4}, /* UDP */
	{14, 0, 0, 0, 1, TX_IP4 | TX_TCP},
	{0, 0, 0, 0, 0, 0},
};

START_TEST(segmentation)
{
	uint32_t size;

	bench_start();
	driver_start(0);
	size = make_tcp(bytes, other_mac, bench_mac, 1500);
	for (unsigned i = 0; i < sizeof(impossible) / sizeof(impossible[0]); i++) {
		uint64_t ip = impossible[i].ip | (impossible[i].ip + 10u) << 8 | 33 << 16;
		uint64_t l4 = impossible[i].l4 | impossible[i].l4_offset << 8;

		driver_put_raw(ip | l4 << 32, TX_DEXT | TX_TSE | impossible[i].command,
			       (uint32_t)impossible[i].mss << 16 | impossible[i].header << 8);
		driver_put(bytes, TX_DEXT | TX_TYPE_DATA | TX_TSE | TX_EOP | TX_IFCS,
			   TX_IXSM | TX_TXSM, size);
		driver_kick();
		ck_assert_ptr_null(other_next());
	}
	ck_assert_uint_eq(get(AT_TSCTFC), sizeof(impossible) / sizeof(impossible[0]));
	ck_assert_uint_eq(get(AT_GPTC), 0);
	works();
}
END_TEST

/* All of it in one descriptor, and in several: nothing is sent, and counted once each. */
START_TEST(too_large)
{
	const uint64_t tcp = (uint64_t)(34 | 50 << 8) << 32 | 14 | 24 << 8 | 33 << 16;

	bench_start();
	driver_start(0);
	make_tcp(bytes, other_mac, bench_mac, 1500);
	driver_put_raw(tcp, TX_DEXT | TX_TSE | TX_IP4 | TX_TCP, 1000u << 16 | 54 << 8);
	driver_put_raw(TX_BUFFERS, TX_DEXT | TX_TYPE_DATA | TX_TSE | TX_EOP | TX_IFCS | 0x10000, 0);
	driver_kick();
	ck_assert_uint_eq(get(AT_TSCTFC), 1);
	for (unsigned i = 0; i < 3; i++)
		driver_put_raw(TX_BUFFERS,
			       TX_DEXT | TX_TYPE_DATA | TX_TSE | TX_IFCS | (i == 2 ? TX_EOP : 0) |
				       0x8000,
			       0);
	driver_kick();
	ck_assert_uint_eq(get(AT_TSCTFC), 1);
	/* Of a packet that is not large there is nothing to count. */
	driver_put_raw(TX_BUFFERS, TX_DEXT | TX_TYPE_DATA | TX_EOP | TX_IFCS | 0x10000, 0);
	driver_kick();
	ck_assert_uint_eq(get(AT_TSCTFC), 0);
	ck_assert_ptr_null(other_next());
	ck_assert_uint_eq(get(AT_GPTC), 0);
	works();
}
END_TEST

START_TEST(no_context)
{
	uint32_t size = make_tcp(bytes, other_mac, bench_mac, 1000);

	bench_start();
	driver_start(0);
	driver_put(bytes, TX_DEXT | TX_TYPE_DATA | TX_TSE | TX_EOP | TX_IFCS, 0, size);
	driver_kick();
	ck_assert_ptr_null(other_next());
	ck_assert_uint_eq(get(AT_TSCTFC), 1);
	/* A checksum of everything, at its own beginning: what was asked for. */
	driver_put(bytes, TX_DEXT | TX_TYPE_DATA | TX_EOP | TX_IFCS, TX_TXSM, size);
	driver_kick();
	ck_assert_ptr_nonnull(other_next());
	/* Offsets behind the end of the packet: nothing. */
	driver_put_raw((uint64_t)(200 | 255 << 8) << 32 | 200 | 255 << 8, TX_DEXT, 0);
	driver_put(bytes, TX_DEXT | TX_TYPE_DATA | TX_EOP | TX_IFCS, TX_IXSM | TX_TXSM, 64);
	driver_kick();
	works();
}
END_TEST

/* A packet that never ends, and then does. */
START_TEST(endless)
{
	bench_start();
	driver_start(0);
	for (unsigned i = 0; i < 40 * RING; i++) {
		driver_put(bytes, 0, 0, BUFFER);
		driver_kick();
	}
	driver_put_raw(TX_BUFFERS, TX_DEXT | TX_TYPE_DATA | 0xfffff, 0);
	driver_put_raw(TX_BUFFERS, TX_EOP, 0);
	/* To the last byte that there is room for, and one more. */
	driver_put_raw(TX_BUFFERS, TX_DEXT | TX_TYPE_DATA | FRAME_MAX, 0);
	driver_kick();
	ck_assert(b.e.tx.size == FRAME_MAX && !b.e.tx.bad);
	driver_put_raw(TX_BUFFERS, TX_DEXT | TX_TYPE_DATA | 1, 0);
	driver_kick();
	ck_assert(b.e.tx.size == FRAME_MAX && b.e.tx.bad);
	driver_put(bytes, TX_EOP | TX_IFCS | TX_RS, 0, 1);
	driver_kick();
	ck_assert_ptr_null(other_next());
	make_frame(bytes, other_mac, bench_mac, 100);
	driver_send(bytes, 114);
	ck_assert_ptr_nonnull(other_next());
	other_taken();
	/* Too long for a wire, or too short for a frame. */
	driver_put(bytes, 0, 0, 1500);
	driver_put(bytes, TX_EOP | TX_IFCS, 0, 19);
	driver_put(bytes, TX_EOP | TX_IFCS, 0, 13);
	driver_put(bytes, TX_EOP | TX_IFCS, 0, 0);
	driver_put(bytes, TX_EOP, 0, 3);
	driver_kick();
	ck_assert_ptr_null(other_next());
	works();
}
END_TEST

/* Rings that lie on each other: whatever that does, it ends. */
START_TEST(rings_on_rings)
{
	bench_start();
	driver_start(RCTL_UPE);
	set(AT_TDLEN, 0xfff80);
	set(AT_RDLEN, 0xfff80);
	set(AT_TDBAL, RX_RING);
	set(AT_TDT, 0xfff7);
	set(AT_RDT, 0xfff7);
	for (unsigned i = 0; i < 100; i++) {
		other_send_bytes(bytes, 514);
		advance(100000);
	}
	works();
}
END_TEST

TCase *hostile_tests(void)
{
	TCase *t = tcase_create("hostile drivers");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, head_and_tail_outside);
	tcase_add_test(t, ring_nowhere);
	tcase_add_test(t, buffers_nowhere);
	tcase_add_test(t, segmentation);
	tcase_add_test(t, too_large);
	tcase_add_test(t, no_context);
	tcase_add_test(t, endless);
	tcase_add_test(t, rings_on_rings);
	return t;
}
