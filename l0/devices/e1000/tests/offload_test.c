// SPDX-License-Identifier: Apache-2.0
#include "driver.h"
#include "suites.h"

#include <string.h>

static uint8_t bytes[FRAME_MAX], segment[FRAME_SEGMENT_MAX];

/* The context of a packet as make_tcp() makes them: segments of @mss, or 0. */
static void context(uint32_t options, uint32_t header, uint32_t mss)
{
	uint64_t ip = ETHERNET_BYTES | (ETHERNET_BYTES + IP4_CHECKSUM) << 8 | (TCP_AT - 1) << 16;
	uint64_t tcp = TCP_AT | (TCP_AT + TCP_CHECKSUM) << 8;

	driver_put_raw(ip | tcp << 32, TX_DEXT | TX_RS | TX_IP4 | TX_TCP | options,
		       mss << 16 | header << 8);
}

/* What a driver leaves to the card: the checksums, TCP's but for the addresses and the protocol. */
static void strip_sums(uint32_t size, bool length)
{
	uint32_t sum = PROTOCOL_TCP + (length ? size - TCP_AT : 0);

	for (unsigned i = 0; i < 8; i += 2)
		sum += get16(bytes + ETHERNET_BYTES + IP4_SOURCE + i);
	sum = (sum & 0xffff) + (sum >> 16);
	put16(bytes + TCP_AT + TCP_CHECKSUM, (sum & 0xffff) + (sum >> 16));
	put16(bytes + ETHERNET_BYTES + IP4_CHECKSUM, 0);
}

START_TEST(checksums)
{
	const struct frame *frame;
	uint32_t size;

	bench_start();
	driver_start(0);
	size = make_tcp(bytes, other_mac, bench_mac, 777);
	memcpy(segment, bytes, size);
	strip_sums(size, true);
	context(0, 0, 0);
	driver_put(bytes, TX_DEXT | TX_TYPE_DATA, TX_IXSM | TX_TXSM, 500);
	driver_put(bytes + 500, TX_DEXT | TX_TYPE_DATA | TX_EOP | TX_IFCS | TX_RS, 0, size - 500);
	driver_kick();
	frame = other_next();
	ck_assert_ptr_nonnull(frame);
	/* TCP's is left to who wants it. */
	ck_assert(frame->offload.checksum);
	ck_assert_uint_eq(frame->offload.checksum_start, TCP_AT);
	ck_assert_uint_eq(frame_segment(frame, 0, bytes), size);
	ck_assert_mem_eq(bytes, segment, size);
	other_taken();
	ck_assert_uint_eq(tx_status(0), TX_DD);
	ck_assert_uint_eq(tx_status(1), 0);
	/* The context holds for the next packet. */
	strip_sums(size, true);
	driver_put(bytes, TX_DEXT | TX_TYPE_DATA | TX_EOP | TX_IFCS, TX_IXSM | TX_TXSM, size);
	driver_kick();
	ck_assert_uint_eq(frame_segment(other_next(), 0, bytes), size);
	ck_assert_mem_eq(bytes, segment, size);
}
END_TEST

START_TEST(ranges)
{
	uint32_t size, sum = 0;

	bench_start();
	driver_start(0);
	make_frame(bytes, other_mac, bench_mac, 186);
	size = 200;
	/* From 20 to 59 alone: it cannot be left to others. */
	driver_put_raw((uint64_t)(20 | 100 << 8 | 59 << 16) << 32, TX_DEXT, 0);
	driver_put(bytes, TX_DEXT | TX_TYPE_DATA | TX_EOP | TX_IFCS, TX_TXSM, size);
	driver_kick();
	for (unsigned i = 20; i < 60; i += 2)
		sum += get16(bytes + i);
	sum = (sum & 0xffff) + (sum >> 16);
	ck_assert(!other_next()->offload.checksum);
	ck_assert_uint_eq(get16(other_next()->bytes + 100), (uint16_t)~sum);
	other_taken();
	/* A legacy one, to the end. */
	put16(bytes + 50, 0);
	driver_put(bytes, TX_EOP | TX_IFCS | TX_IC | 50 << 16, 20 << 8, size);
	driver_kick();
	ck_assert(other_next()->offload.checksum);
	ck_assert_uint_eq(other_next()->offload.checksum_start, 20);
	ck_assert_uint_eq(other_next()->offload.checksum_offset, 30);
}
END_TEST

static void send_large(uint32_t payload, uint32_t mss, uint32_t options)
{
	uint32_t size = make_tcp(bytes, other_mac, bench_mac, payload), at;

	strip_sums(size, false);
	put16(bytes + ETHERNET_BYTES + IP4_LENGTH, 0); /* as Linux does */
	context(TX_TSE, TCP_HEADER, mss);
	for (at = 0; at < size; at += BUFFER) {
		uint32_t n = size - at < BUFFER ? size - at : BUFFER;
		bool last = at + n == size;

		driver_put(bytes + at,
			   TX_DEXT | TX_TYPE_DATA | TX_TSE | TX_IFCS | options |
				   (last ? TX_EOP | TX_RS : 0),
			   (TX_IXSM | TX_TXSM) | 0x0abc0000, n);
	}
	driver_kick();
}

START_TEST(large)
{
	const struct frame *frame;
	uint32_t at = TCP_HEADER, size, sequence;

	bench_start();
	driver_start(0);
	send_large(60000, 1448, 0);
	frame = other_next();
	ck_assert_ptr_nonnull(frame);
	ck_assert_uint_eq(frame_segments(frame), 42);
	sequence = get32(bytes + TCP_AT + TCP_SEQUENCE);
	for (unsigned n = 0; n < 42; n++) {
		size = frame_segment(frame, n, segment);
		ck_assert_uint_eq(size, TCP_HEADER + (n < 41 ? 1448u : 60000 - 41 * 1448));
		ck_assert(tcp_good(segment, size));
		ck_assert_mem_eq(segment + TCP_HEADER, bytes + at, size - TCP_HEADER);
		ck_assert_uint_eq(get32(segment + TCP_AT + TCP_SEQUENCE),
				  sequence + at - TCP_HEADER);
		at += size - TCP_HEADER;
	}
	/* As one frame too, for who takes large ones. */
	ck_assert_uint_eq(get16(frame->bytes + ETHERNET_BYTES + IP4_LENGTH), 60040);
	ck_assert_uint_eq(get(AT_GPTC), 42);
	ck_assert_uint_eq(get(AT_GOTCL), 60000 + 42 * (TCP_HEADER + 4));
	ck_assert_uint_eq(get(AT_PTC1522), 41);
	ck_assert_uint_eq(get(AT_TSCTC), 1);
}
END_TEST

START_TEST(large_and_tagged)
{
	const struct frame *frame;

	bench_start();
	driver_start(0);
	set(AT_CTRL, get(AT_CTRL) | CTRL_VME);
	send_large(5000, 1000, TX_VLE);
	frame = other_next();
	ck_assert_ptr_nonnull(frame);
	ck_assert_uint_eq(frame->offload.header_size, TCP_HEADER + ETHERNET_TAG);
	ck_assert_uint_eq(get32(frame->bytes + ETHERNET_TYPE), 0x81000abc);
	ck_assert_uint_eq(frame_segments(frame), 5);
	ck_assert_uint_eq(frame_segment(frame, 4, segment), TCP_HEADER + ETHERNET_TAG + 1000);
	memmove(segment + ETHERNET_TAG, segment, 12);
	ck_assert(tcp_good(segment + ETHERNET_TAG, TCP_HEADER + 1000));
}
END_TEST

/* One segment is a plain frame. */
START_TEST(large_but_small)
{
	uint32_t size;

	bench_start();
	driver_start(0);
	send_large(900, 1448, 0);
	ck_assert_ptr_nonnull(other_next());
	ck_assert_uint_eq(other_next()->offload.gso, FRAME_GSO_NONE);
	size = frame_segment(other_next(), 0, segment);
	ck_assert_uint_eq(size, TCP_HEADER + 900);
	ck_assert(tcp_good(segment, size));
}
END_TEST

TCase *offload_tests(void)
{
	TCase *t = tcase_create("offload");

	tcase_add_test(t, checksums);
	tcase_add_test(t, ranges);
	tcase_add_test(t, large);
	tcase_add_test(t, large_and_tagged);
	tcase_add_test(t, large_but_small);
	return t;
}
