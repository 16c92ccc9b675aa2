// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "net_pair.h"
#include "suites.h"

#define CSUM       VIRTIO_BIT(0)
#define GUEST_CSUM VIRTIO_BIT(1)
#define GUEST_TSO4 VIRTIO_BIT(7)
#define LARGE      0x1980ull /* in both directions, both versions of IP */
#define MERGE      VIRTIO_BIT(15)
#define ALL        UINT64_MAX
#define EVENTS     VIRTIO_BIT(VIRTIO_F_EVENT_IDX)

static const uint8_t plain[NET_HEADER];
static uint8_t sent[FRAME_MAX], got[2 * FRAME_MAX], header[NET_HEADER];

/* Frames out are frames in: whatever was negotiated, however they lie in memory. */
static const uint64_t without[] = {0, MERGE, EVENTS, MERGE | EVENTS, CSUM | GUEST_CSUM | LARGE};

START_TEST(frames_arrive)
{
	net_start(~without[_i], ~without[_i], 2048, 1);
	side[0].driver.indirect = true;
	for (unsigned round = 0; round < 3000; round++) {
		unsigned n = round % 2;
		uint32_t size = 60 + (uint32_t)(draw() % 1455);

		net_frame(sent, side[!n].mac, side[n].mac, size);
		net_send(&side[n], NET_TX, plain, sent, size, 1 + (unsigned)(draw() % 6));
		ensure(net_receive_one(&side[!n], NET_RX, header, got) == size);
		ensure(!memcmp(sent, got, size) && header[0] == 0 && header[1] == 0);
		ensure(!net_receive_one(&side[!n], NET_RX, header, got));
	}
	ck_assert_uint_eq(side[0].net.counters.sent, 1500);
	ck_assert_uint_eq(side[0].net.counters.received, 1500);
	ck_assert_uint_eq(side[0].net.counters.bad, 0);
}
END_TEST

/* Buffers so small that a frame takes many, which the header counts. */
START_TEST(merged)
{
	net_start(ALL, ALL, 100, 1);
	for (unsigned round = 0; round < 1000; round++) {
		uint32_t size = 60 + (uint32_t)(draw() % 1455);

		net_frame(sent, side[1].mac, side[0].mac, size);
		net_send(&side[0], NET_TX, plain, sent, size, 1);
		ensure(net_receive_one(&side[1], NET_RX, header, got) == size);
		ensure(!memcmp(sent, got, size));
		ensure(header[10] == (size + NET_HEADER + 99) / 100);
	}
}
END_TEST

/* The shortest way: a kick, the frame is there, and nobody is interrupted who did not ask. */
START_TEST(one_exit)
{
	net_start(ALL, ALL, 2048, 1);
	ring_event(&side[0].driver, NET_TX, 0x8000);
	net_frame(sent, side[1].mac, side[0].mac, 60);
	memset(host.messages, 0, sizeof(host.messages));
	for (unsigned i = 0; i < 20; i++)
		net_send(&side[0], NET_TX, plain, sent, 60, 1);
	ck_assert_uint_eq(side[0].driver.ring[NET_TX].kicks, 20);
	ck_assert_uint_eq(host.messages[NET_TX + 1], 0);
	ck_assert_uint_eq(host.messages[NET_RX + 1], 1); /* the other's, which took none yet */
}
END_TEST

/* ---- large frames ---- */

static uint32_t get_be(const uint8_t *at, unsigned bytes)
{
	uint32_t value = 0;

	while (bytes--)
		value = value << 8 | *at++;
	return value;
}

/* From side 0 to side 1, in `sent`. */
static uint32_t tcp_frame(uint32_t payload)
{
	return net_tcp_frame(sent, side[1].mac, side[0].mac, payload);
}

static void offload(uint8_t to[NET_HEADER], unsigned gso, uint16_t gso_size)
{
	const uint16_t start = 34, offset = 16, hint = 9; /* which nobody believes */

	memset(to, 0, NET_HEADER);
	to[0] = 1;
	to[1] = (uint8_t)gso;
	memcpy(to + 2, &hint, 2);
	memcpy(to + 4, &gso_size, 2);
	memcpy(to + 6, &start, 2);
	memcpy(to + 8, &offset, 2);
}

START_TEST(large_frame_goes_whole)
{
	uint8_t out[NET_HEADER];
	uint32_t size;

	net_start(ALL, ALL, 2048, 1);
	size = tcp_frame(30000);
	offload(out, 1, 1448);
	net_send(&side[0], NET_TX, out, sent, size, 4);
	ck_assert_uint_eq(net_receive_one(&side[1], NET_RX, header, got), size);
	ck_assert_mem_eq(sent, got, size);
	ck_assert_uint_eq(header[10], 15);
	ck_assert_uint_eq(header[2], NET_TCP_HEADERS); /* ours is right */
	ck_assert_mem_eq(header + 4, out + 4, 6);
	ck_assert_int_eq(header[0] << 8 | header[1], 0x101);
}
END_TEST

/* One segment beside what it must be: its place in the payload, both checksums. */
static void check_segment(uint32_t at, uint32_t size, uint32_t left)
{
	const uint8_t *ip = got + 14, *tcp = ip + 20;
	uint32_t payload = size - NET_TCP_HEADERS;

	ensure(payload == (left < 1000 ? left : 1000) && header[0] == 0 && header[1] == 0);
	ensure(!memcmp(got + NET_TCP_HEADERS, sent + NET_TCP_HEADERS + at, payload));
	ensure(get_be(ip + 2, 2) == size - 14 && net_sum(0, ip, 20) == 0xffff);
	ensure(get_be(tcp + 4, 4) == get_be(sent + 38, 4) + at);
	ensure(net_sum(net_pseudo(ip, size - 34), tcp, size - 34) == 0xffff);
	ensure((tcp[13] & 8) == (left <= 1000 ? 8 : 0));
}

/* Who did not agree to large frames gets what a wire would have carried. */
START_TEST(large_frame_is_cut)
{
	uint8_t out[NET_HEADER];
	uint32_t size, at = 0;

	net_start(ALL, _i ? ~MERGE & ~GUEST_TSO4 : ~(GUEST_TSO4 | GUEST_CSUM | 0x100ull), 2048, 1);
	size = tcp_frame(45678);
	offload(out, 1, 1000);
	net_send(&side[0], NET_TX, out, sent, size, 4);
	while (at < 45678) {
		uint32_t n = net_receive_one(&side[1], NET_RX, header, got);

		if (!n) {
			host_advance(4000);
			continue;
		}
		check_segment(at, n, 45678 - at);
		at += n - NET_TCP_HEADERS;
	}
	ck_assert_uint_eq(at, 45678);
	ck_assert_uint_eq(side[1].net.counters.received, 46);
	ck_assert(!net_receive_one(&side[1], NET_RX, header, got));
}
END_TEST

/* A checksum that was left open stays so, or is completed for who cannot. */
START_TEST(open_checksum)
{
	uint8_t out[NET_HEADER];
	uint32_t size;

	net_start(ALL, _i ? ALL : ~(GUEST_CSUM | GUEST_TSO4 | 0x100ull), 2048, 1);
	size = tcp_frame(777);
	offload(out, 0, 0);
	net_send(&side[0], NET_TX, out, sent, size, 2);
	ck_assert_uint_eq(net_receive_one(&side[1], NET_RX, header, got), size);
	ck_assert_int_eq(header[0], _i);
	if (_i)
		ck_assert_mem_eq(sent, got, size);
	else
		ck_assert_uint_eq(net_sum(net_pseudo(got + 14, size - 34), got + 34, size - 34),
				  0xffff);
}
END_TEST

/* ---- what does not fit ---- */

/* Frames without buffers wait in order, and come when there are some. */
START_TEST(starved)
{
	uint64_t waits;

	net_start(ALL, ALL, 2048, 1);
	for (unsigned round = 0; round < 100; round++) {
		net_frame(sent, side[1].mac, side[0].mac, 1000);
		sent[14] = (uint8_t)round;
		net_send(&side[0], NET_TX, plain, sent, 1000, 1);
	}
	ck_assert_uint_eq(side[1].net.counters.received, NET_BUFFERS / 2);
	waits = side[1].net.counters.starved;
	ck_assert_uint_gt(waits, 0);
	host_advance(10000000); /* a kick will come: until then it is not looked at again */
	ck_assert_uint_eq(side[1].net.counters.starved, waits);
	for (unsigned round = 0; round < 100; round++) {
		ensure(net_receive_one(&side[1], NET_RX, header, got) == 1000);
		ensure(got[14] == round);
		host_advance(4000);
	}
	ck_assert_uint_eq(side[1].net.counters.received, 100);
}
END_TEST

/* A buffer that is too short waits for a shorter frame; a ring that is too short is no use. */
START_TEST(too_long)
{
	uint8_t out[NET_HEADER];

	net_start(ALL, _i ? ALL : ~MERGE, _i ? 64 : 200, 1);
	if (_i) {
		offload(out, 1, 1448);
		net_send(&side[0], NET_TX, out, sent, tcp_frame(30000), 2);
	} else {
		net_send(&side[0], NET_TX, plain, sent,
			 net_frame(sent, side[1].mac, side[0].mac, 500), 1);
	}
	ck_assert_uint_eq(side[1].net.counters.received, 0);
	net_frame(sent, side[1].mac, side[0].mac, 100);
	net_send(&side[0], NET_TX, plain, sent, 100, 1);
	ck_assert_uint_eq(net_receive_one(&side[1], NET_RX, header, got), 100);
	ck_assert_mem_eq(sent, got, 100);
}
END_TEST

/* Headers of all kinds of nonsense: nothing but frames comes out. */
START_TEST(bad_headers)
{
	uint8_t out[NET_HEADER];

	net_start(_i ? ALL : ~(CSUM | 0x1800ull), ALL, 2048, 1);
	for (unsigned round = 0; round < 20000; round++) {
		uint32_t size = (uint32_t)(draw() % (draw() % 8 ? 200 : 4000)), n;

		if (draw() % 2)
			tcp_frame(size);
		else
			net_frame(sent, side[1].mac, side[0].mac, size < 14 ? 14 : size);
		offload(out, (unsigned)(draw() % 6), (uint16_t)(draw() % 2000));
		out[draw() % NET_HEADER] = (uint8_t)draw();
		net_send(&side[0], NET_TX, out, sent, size, 1 + (unsigned)(draw() % 3));
		while ((n = net_receive_one(&side[1], NET_RX, header, got)))
			ensure((header[1] || n >= 60) && n <= 4000 + NET_TCP_HEADERS);
	}
	ck_assert_uint_gt(side[0].net.counters.bad, 1000);
	ck_assert_uint_gt(side[0].net.counters.sent, 100);
	ck_assert_uint_eq(driver_status(&side[0].driver), 15);
	ck_assert_uint_eq(driver_status(&side[1].driver), 15);
}
END_TEST

TCase *virtio_net_tests(void)
{
	TCase *t = tcase_create("virtio network device");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, frames_arrive, 0, 5);
	tcase_add_test(t, merged);
	tcase_add_test(t, one_exit);
	tcase_add_test(t, large_frame_goes_whole);
	tcase_add_loop_test(t, large_frame_is_cut, 0, 2);
	tcase_add_loop_test(t, open_checksum, 0, 2);
	tcase_add_test(t, starved);
	tcase_add_loop_test(t, too_long, 0, 2);
	tcase_add_loop_test(t, bad_headers, 0, 2);
	return t;
}
