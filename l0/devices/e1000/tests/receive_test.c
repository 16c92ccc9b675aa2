// SPDX-License-Identifier: Apache-2.0
#include "driver.h"
#include "suites.h"

#include <string.h>

static uint8_t bytes[FRAME_MAX];

/* A frame to the card, which is there after a moment. */
static void arrives(uint32_t size)
{
	make_frame(bytes, bench_mac, other_mac, size - ETHERNET_BYTES);
	other_send_bytes(bytes, size);
	advance(5000);
}

/* The next descriptor's buffer has these bytes, its own says so. */
static const uint8_t *holds(const uint8_t *expected, uint32_t size)
{
	const uint8_t *d = driver_next();

	ck_assert_ptr_nonnull(d);
	ck_assert_uint_eq(driver_size(d), size);
	ck_assert_mem_eq(driver_bytes(), expected, size);
	return d;
}

START_TEST(one)
{
	const uint8_t *d;

	bench_start();
	driver_start(RCTL_SECRC);
	arrives(1514);
	d = holds(bytes, 1514);
	ck_assert_uint_eq(d[RX_STATUS], RX_DD | RX_EOP | RX_IXSM);
	ck_assert_uint_eq(d[RX_ERRORS], 0);
	ck_assert_uint_eq(get(AT_RDH), 1);
	ck_assert_uint_eq(get(AT_ICR), INT_RXT0);
	ck_assert_uint_eq(get(AT_GPRC), 1);
	ck_assert_uint_eq(get(AT_PRC1522), 1);
	ck_assert_uint_eq(get(AT_GORCL), 1518);
	ck_assert_uint_eq(get(AT_TORL), 1518);
	driver_taken();
	arrives(60);
	holds(bytes, 60);
	ck_assert_uint_eq(get(AT_PRC64), 1);
}
END_TEST

/* Buffers of 256 bytes: the check sequence alone in the last one, too. */
START_TEST(several_buffers)
{
	uint32_t at = 0;

	bench_start();
	driver_start(3 << RCTL_BSIZE_SHIFT);
	arrives(1024);
	for (unsigned n = 0; n < 4; n++) {
		const uint8_t *d = holds(bytes + at, 256);

		ck_assert_uint_eq(d[RX_STATUS], RX_DD);
		driver_taken();
		at += 256;
	}
	ck_assert_uint_eq(driver_next()[RX_STATUS] & 3, 3);
	ck_assert_uint_eq(driver_size(driver_next()), 4);
	ck_assert_uint_eq(get(AT_GPRC), 1);
}
END_TEST

START_TEST(buffer_sizes)
{
	static const uint32_t rctl[] = {
		0, 1 << 16, 2 << 16, 3 << 16, RCTL_BSEX, RCTL_BSEX | 1 << 16, RCTL_BSEX | 3 << 16,
	};
	static const uint32_t first[] = {1514, 1024, 512, 256, 1514, 1514, 1514};

	bench_start();
	for (unsigned i = 0; i < 7; i++) {
		driver_start(RCTL_SECRC | rctl[i]);
		arrives(1514);
		holds(bytes, first[i]);
	}
}
END_TEST

START_TEST(tags)
{
	const uint8_t *d;

	bench_start();
	driver_start(RCTL_SECRC);
	make_frame(bytes, bench_mac, other_mac, 100);
	put16(bytes + 12, 0x8100);
	put16(bytes + 14, 0x6123);
	other_send_bytes(bytes, 114);
	advance(5000);
	d = holds(bytes, 114);
	ck_assert_uint_eq(d[RX_STATUS] & RX_VP, 0);
	driver_taken();
	set(AT_CTRL, get(AT_CTRL) | CTRL_VME);
	other_send_bytes(bytes, 114);
	advance(5000);
	memmove(bytes + 12, bytes + 16, 98);
	d = holds(bytes, 110);
	ck_assert_uint_eq(d[RX_STATUS] & RX_VP, RX_VP);
	ck_assert_uint_eq((uint16_t)(d[RX_TAG] | d[RX_TAG + 1] << 8), 0x6123);
}
END_TEST

/* A large frame comes as the segments that a wire would carry, a partial checksum complete. */
START_TEST(offloads_of_others)
{
	struct frame frame = {.bytes = bytes};
	uint32_t at = TCP_HEADER;

	bench_start();
	driver_start(RCTL_SECRC);
	set(AT_RXCSUM, RXCSUM_IPOFL | RXCSUM_TUOFL);
	frame.size = make_tcp(bytes, bench_mac, other_mac, 20000);
	frame.offload = (struct frame_offload){true, FRAME_GSO_TCP4, TCP_HEADER, 1000, TCP_AT, 16};
	other_send(&frame);
	advance(100000);
	for (unsigned n = 0; n < 20; n++) {
		const uint8_t *d = driver_next();

		ck_assert_ptr_nonnull(d);
		ck_assert_uint_eq(driver_size(d), TCP_HEADER + 1000);
		ck_assert_uint_eq(d[RX_STATUS], RX_DD | RX_EOP | RX_IPCS | RX_TCPCS);
		ck_assert(tcp_good(driver_bytes(), TCP_HEADER + 1000));
		ck_assert_mem_eq(driver_bytes() + TCP_HEADER, bytes + at, 1000);
		at += 1000;
		driver_taken();
	}
	ck_assert_ptr_null(driver_next());
	frame.size = make_tcp(bytes, bench_mac, other_mac, 900);
	put16(bytes + TCP_AT + 16, 0);
	frame.offload = (struct frame_offload){
		.checksum = true, .checksum_start = TCP_AT, .checksum_offset = 16};
	other_send(&frame);
	advance(5000);
	ck_assert_uint_eq(driver_next()[RX_STATUS], RX_DD | RX_EOP | RX_IPCS | RX_TCPCS);
	ck_assert_uint_ne(get16(driver_bytes() + TCP_AT + 16), 0);
}
END_TEST

START_TEST(threshold)
{
	bench_start();
	for (unsigned choice = 0; choice < 3; choice++) {
		driver_start(choice << RCTL_RDMTS_SHIFT);
		for (unsigned left = RING - 1; left-- > 0;) {
			arrives(60);
			ck_assert_uint_eq(get(AT_ICR) & INT_RXDMT0,
					  left == RING >> (choice + 1) ? INT_RXDMT0 : 0);
		}
	}
}
END_TEST

/* Without descriptors frames wait, and what the queue has no room for is missed. */
START_TEST(overrun)
{
	unsigned sent = 0;
	uint32_t first;

	bench_start();
	driver_start(RCTL_SECRC);
	driver_offer(1);
	arrives(100);
	holds(bytes, 100);
	arrives(200);
	arrives(201);
	driver_offer(1); /* none more: the same frame still waits */
	ck_assert_uint_eq(get(AT_RDH), 1);
	ck_assert_uint_eq(get(AT_RNBC), 1);
	driver_offer(2);
	driver.rx_next = 1;
	ck_assert_uint_eq(driver_size(driver_next()), 200);
	ck_assert_uint_eq(get(AT_RDH), 2);
	get(AT_ICR);
	while (b.port.counters.dropped_full < 5) {
		arrives(1514);
		sent++;
	}
	first = sent;
	driver_offer(40);
	ck_assert_uint_eq(get(AT_MPC), 5);
	ck_assert_uint_eq(get(AT_ICR) & INT_RXO, INT_RXO);
	advance(100000);
	ck_assert_uint_eq(get(AT_RDH), 40);
	ck_assert(first > 40);
}
END_TEST

START_TEST(no_buffer)
{
	uint64_t nowhere = 0;

	bench_start();
	driver_start(RCTL_SECRC);
	memcpy(b.ram + RX_RING, &nowhere, 8);
	arrives(100);
	ck_assert_uint_eq(driver_next()[RX_STATUS], RX_DD);
	ck_assert_uint_eq(driver_size(driver_next()), 0);
	driver.rx_next = 1;
	holds(bytes, 100);
}
END_TEST

START_TEST(not_listening)
{
	bench_start();
	driver_start(0);
	set(AT_RCTL, 0);
	arrives(100);
	set(AT_RCTL, RCTL_EN);
	advance(5000);
	ck_assert_ptr_null(driver_next());
	set(AT_CTRL, get(AT_CTRL) & ~CTRL_SLU);
	arrives(100);
	set(AT_CTRL, get(AT_CTRL) | CTRL_SLU);
	advance(5000);
	ck_assert_ptr_null(driver_next());
	/* One that waits for a descriptor goes with the others. */
	driver_offer(0);
	arrives(100);
	set(AT_RCTL, 0);
	set(AT_RCTL, RCTL_EN);
	driver_offer(RING - 1);
	advance(5000);
	ck_assert_ptr_null(driver_next());
	/* Without leave to master the bus it waits. */
	config_set(4, 2, 3);
	arrives(100);
	ck_assert_ptr_null(driver_next());
	config_set(4, 2, 7);
	advance(5000);
	ck_assert_ptr_nonnull(driver_next());
	ck_assert_uint_eq(config_get(6, 2) & 0x2000, 0);
}
END_TEST

/* No switch here brings any: straight into the port's queue, as a wire of others might. */
START_TEST(giants)
{
	bench_start();
	for (unsigned i = 0; i < 2; i++) {
		struct frame *frame;

		driver_start(RCTL_SECRC | (i ? RCTL_LPE : 0));
		frame = frame_queue_reserve(&b.port.queue, 4000);
		make_frame(frame_queue_bytes(frame), bench_mac, other_mac, 3986);
		frame_queue_commit(&b.port.queue);
		arrives(60);
		driver_offer(RING - 1); /* nobody has told it */
		ck_assert_uint_eq(get(AT_ROC), !i);
		ck_assert_uint_eq(driver_size(driver_next()), i ? 2048 : 60);
		ck_assert_uint_eq(get(AT_TPR), 2);
		ck_assert_uint_eq(get(AT_GPRC), 1 + i);
	}
}
END_TEST

/* As ethtool -t has it: by the PHY, and by the MAC. */
START_TEST(loopback)
{
	bench_start();
	for (unsigned i = 0; i < 2; i++) {
		driver_start(RCTL_SECRC | (i ? RCTL_LBM : 0));
		set(AT_MDIC, 0x04000000 | 1 << 21 | (i ? 0x1140 : 0x4140));
		for (unsigned n = 0; n < RING - 1; n++) {
			make_frame(bytes, bench_mac, other_mac, 1000);
			driver_send(bytes, 1014);
			holds(bytes, 1014);
			driver.rx_next++;
		}
		ck_assert_uint_eq(get(AT_ICR) & INT_RXO, 0);
		driver_send(bytes, 1014); /* without a descriptor */
		ck_assert_uint_eq(get(AT_ICR) & INT_RXO, INT_RXO);
		ck_assert_uint_eq(get(AT_MPC), 1);
		driver_offer(RING - 2);
		arrives(100); /* and nothing from outside */
		ck_assert_uint_eq(get(AT_RDH), RING - 1);
		ck_assert_ptr_null(other_next());
	}
}
END_TEST

TCase *receive_tests(void)
{
	TCase *t = tcase_create("receive");

	tcase_add_test(t, one);
	tcase_add_test(t, several_buffers);
	tcase_add_test(t, buffer_sizes);
	tcase_add_test(t, tags);
	tcase_add_test(t, offloads_of_others);
	tcase_add_test(t, threshold);
	tcase_add_test(t, overrun);
	tcase_add_test(t, no_buffer);
	tcase_add_test(t, not_listening);
	tcase_add_test(t, loopback);
	tcase_add_test(t, giants);
	return t;
}
