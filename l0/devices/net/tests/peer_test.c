// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "devices/net/report.h"
#include "packets.h"
#include "platform/clock.h"
#include "suites.h"

/* A machine and the peer; a byte of the wire is a tick. */
#define LATENCY 500
#define THINK   70
#define PEER    0x0250454552ffull
#define NIC     0x020000000001ull

static struct net_switch net;
static struct switch_port nic, uplink;
static uint8_t nic_memory[1 << 16] __attribute__((aligned(64)));
static uint8_t uplink_memory[1 << 16] __attribute__((aligned(64)));
static uint8_t answers[1 << 16] __attribute__((aligned(64)));
static struct peer peer;
static struct wire wire;
static uint64_t due;
static unsigned wakes;
static struct written w, expected;

static void on_wake(struct wire_end *end, uint64_t when)
{
	ck_assert(end == &wire.end[0]);
	due = when < due ? when : due;
	wakes++;
}

static void start(void)
{
	const struct peer_config config = {{2, 0x50, 0x45, 0x45, 0x52, 0xff}, 0x0a000002, THINK};

	due = CLOCK_NEVER;
	ck_assert(wire_init(&wire, &(struct line_config){1000000, 8000, LATENCY, 100000}));
	ck_assert(peer_init(&peer, &config, answers, sizeof(answers)));
	switch_init(&net, 1000000);
	ck_assert(switch_add_port(&net, &nic, nic_memory, sizeof(nic_memory)));
	ck_assert(switch_add_port(&net, &uplink, uplink_memory, sizeof(uplink_memory)));
	switch_set_filter(&nic, &(struct port_filter){.mac = {2, 0, 0, 0, 0, 1}});
	wire_attach(&wire, 0, &uplink, 12345);
	wire_attach_peer(&wire, 1, &peer);
	wire.end[0].wake = on_wake;
}

static struct packet udp(uint16_t port)
{
	return (struct packet){
		.to = PEER,
		.from = NIC,
		.protocol = 17,
		.source = {10, 0, 0, 1},
		.destination = {10, 0, 0, 2},
		.source_port = 4711,
		.destination_port = port,
	};
}

static struct packet turned(struct packet p)
{
	struct packet q = p;

	q.to = p.from;
	q.from = p.to;
	memcpy(q.source, p.destination, 4);
	memcpy(q.destination, p.source, 4);
	q.source_port = p.destination_port;
	q.destination_port = p.source_port;
	return q;
}

static void send_written(uint64_t now)
{
	struct frame f = {.bytes = w.bytes, .size = w.size};

	switch_send(&nic, &f, now);
}

static uint64_t wire_ticks(uint32_t size)
{
	return (size < 60 ? 60 : size) + 24;
}

/* The next frame from the wire comes at @when, as `expected` has it. */
static void expect_frame(uint64_t when)
{
	const struct frame *f;

	pad_written(&expected);
	ensure(due == when);
	ensure(wire_run(&wire.end[0], when - 1) == when);
	due = wire_run(&wire.end[0], when);
	f = switch_next(&nic, when);
	ensure(f && f->arrives == when && f->size == expected.size);
	ensure(memcmp(f->bytes, expected.bytes, f->size) == 0);
	switch_taken(&nic);
	ensure(switch_next(&nic, CLOCK_NEVER) == NULL);
}

/* There and back, with what the peer takes to think. */
static uint64_t round_trip(uint32_t size)
{
	return 2 * (wire_ticks(size) + LATENCY) + THINK;
}

static void write_bytes(struct written *to, const char *hex)
{
	for (to->size = 0; *hex; hex++) {
		static const char digits[] = "0123456789abcdef";
		const char *high = strchr(digits, *hex);

		if (!high || !*hex)
			continue;
		hex++;
		to->bytes[to->size++] =
			(uint8_t)((high - digits) << 4 | (strchr(digits, *hex) - digits));
	}
}

START_TEST(arp)
{
	start();
	write_bytes(&w, "ffffffffffff 020000000001 0806 0001 0800 06 04 0001 "
			"020000000001 0a000001 000000000000 0a000002");
	write_bytes(&expected, "020000000001 0250454552ff 0806 0001 0800 06 04 0002 "
			       "0250454552ff 0a000002 020000000001 0a000001");
	send_written(1000);
	ck_assert_uint_eq(wakes, 1);
	expect_frame(1000 + round_trip(60));
	/* Somebody else's address. */
	w.bytes[41] = 3;
	send_written(9000);
	ck_assert_uint_eq(due, CLOCK_NEVER);
	ck_assert_uint_eq(peer.counters.arp, 1);
	ck_assert_uint_eq(peer.counters.ignored, 1);
}
END_TEST

START_TEST(ping)
{
	start();
	write_bytes(&w, "0250454552ff 020000000001 0800 4500 0023 1234 4000 40 01 1494 0a000001 "
			"0a000002 0800 0000 0001 0002 70696e67676e69");
	w.bytes[24] = w.bytes[25] = 0;
	for (unsigned i = 0; i < 2; i++) {
		uint32_t at = i ? 34 : 14, size = i ? 15 : 20, sum = i ? 36 : 24;
		uint16_t c = (uint16_t)~plain_checksum(0, w.bytes + at, size);

		w.bytes[sum] = (uint8_t)(c >> 8);
		w.bytes[sum + 1] = (uint8_t)c;
	}
	send_written(1000);
	write_bytes(&expected, "020000000001 0250454552ff 0800 4500 0023 1234 4000 40 01 0000 "
			       "0a000002 0a000001 0000 0000 0001 0002 70696e67676e69");
	memcpy(expected.bytes + 24, w.bytes + 24, 2);
	{
		uint16_t c = (uint16_t)~plain_checksum(0, expected.bytes + 34, 15);

		expected.bytes[36] = (uint8_t)(c >> 8);
		expected.bytes[37] = (uint8_t)c;
	}
	expect_frame(1000 + round_trip(60));
	/* A sum that is wrong, of the message and of the header. */
	w.bytes[45] ^= 1;
	send_written(9000);
	w.bytes[45] ^= 1;
	w.bytes[22]--;
	send_written(9000);
	ck_assert_uint_eq(due, CLOCK_NEVER);
	ck_assert_uint_eq(peer.counters.ignored, 2);
}
END_TEST

START_TEST(udp_echo)
{
	static uint8_t payload[1472];
	uint64_t now = 1000;

	start();
	for (unsigned round = 0; round < 3000; round++) {
		struct packet p = udp(7), q = turned(p);
		uint32_t size = draw_below(1473);

		for (unsigned i = 0; i < size; i++)
			payload[i] = (uint8_t)draw();
		write_packet(&w, &p, payload, size);
		write_packet(&expected, &q, payload, size);
		send_written(now);
		expect_frame(now + round_trip(w.size));
		now += 10000;
	}
	ck_assert_uint_eq(peer.counters.echoed, 3000);
}
END_TEST

/* Sums that the sender's card was to make, that are absent, and that are wrong. */
START_TEST(udp_checksums)
{
	struct packet p = udp(7), q = turned(p);
	struct frame f = {.bytes = w.bytes};
	uint8_t sum[4] = {0, 17, 0, 8 + 5};
	uint16_t pseudo;

	start();
	write_packet(&w, &p, (const uint8_t *)"hello", 5);
	write_packet(&expected, &q, (const uint8_t *)"hello", 5);
	pseudo = plain_checksum(0, p.source, 4);
	pseudo = plain_checksum(pseudo, p.destination, 4);
	pseudo = plain_checksum(pseudo, sum, 4);
	w.bytes[40] = (uint8_t)(pseudo >> 8);
	w.bytes[41] = (uint8_t)pseudo;
	f.size = w.size;
	f.offload = (struct frame_offload){
		.checksum = true, .checksum_start = 34, .checksum_offset = 6};
	switch_send(&nic, &f, 1000);
	expect_frame(1000 + round_trip(60));
	send_written(9000);
	ck_assert_uint_eq(peer.counters.ignored, 1);
	w.bytes[40] = w.bytes[41] = expected.bytes[40] = expected.bytes[41] = 0;
	send_written(20000);
	expect_frame(20000 + round_trip(60));
}
END_TEST

/* UDP's own length counts, not what IP says is there. */
START_TEST(udp_shorter_than_ip)
{
	struct packet p = udp(7), q = turned(p);

	start();
	write_packet(&w, &p, (const uint8_t *)"short", 5);
	write_packet(&expected, &q, (const uint8_t *)"short", 5);
	for (unsigned i = 0; i < 2; i++) {
		struct written *each = i ? &expected : &w;
		uint16_t sum;

		memset(each->bytes + each->size, 0x77, 3);
		each->size += 3;
		each->bytes[17] = (uint8_t)(each->bytes[17] + 3);
		each->bytes[24] = each->bytes[25] = 0;
		sum = (uint16_t)~plain_checksum(0, each->bytes + 14, 20);
		each->bytes[24] = (uint8_t)(sum >> 8);
		each->bytes[25] = (uint8_t)sum;
	}
	send_written(1000);
	expect_frame(1000 + round_trip(60));
}
END_TEST

/* More than it hears at once, as when another CPU has sent meanwhile: it says that it must again.
 */
START_TEST(hears_the_rest_later)
{
	struct packet p = udp(9);
	unsigned runs = 0;

	start();
	uplink.wake = NULL;
	write_packet(&w, &p, (const uint8_t *)"nothing", 7);
	for (unsigned i = 0; i < 5 * WIRE_BATCH / 2; i++)
		send_written(1000 * i);
	while (wire_run(&wire.end[0], 0) != CLOCK_NEVER && runs < 10)
		runs++;
	ck_assert_uint_ge(runs, 1);
	ck_assert_uint_eq(peer.counters.discarded, 5 * WIRE_BATCH / 2);
}
END_TEST

START_TEST(answers_queue_on_the_wire)
{
	struct packet p = udp(7), q = turned(p);
	static uint8_t payload[1000];
	uint64_t when = 1000 + round_trip(60);

	start();
	write_packet(&w, &p, payload, 10);
	for (unsigned i = 0; i < 5; i++)
		send_written(1000);
	ck_assert_uint_eq(wakes, 1);
	write_packet(&expected, &q, payload, 10);
	for (unsigned i = 0; i < 5; i++)
		expect_frame(when + 84 * i);
	ck_assert_uint_eq(due, CLOCK_NEVER);
}
END_TEST

START_TEST(discard)
{
	struct packet p = udp(9);
	struct net_report r;

	start();
	write_packet(&w, &p, (const uint8_t *)"nothing", 7);
	for (unsigned i = 0; i < 100; i++)
		send_written(1000 * i);
	ck_assert_uint_eq(due, CLOCK_NEVER);
	ck_assert_uint_eq(wakes, 0);
	net_report(&r, &net, &wire.end[0]);
	ck_assert_uint_eq(r.peer.discarded, 100);
	ck_assert_uint_eq(r.peer.discarded_bytes, 6000);
	ck_assert_uint_eq(r.sent.frames, 100);
	ck_assert_uint_eq(r.received.frames, 0);
}
END_TEST

static void start_source(uint32_t count, uint32_t size, uint64_t interval, uint64_t now)
{
	struct packet p = udp(19);
	uint8_t request[16];

	for (unsigned i = 0; i < 4; i++) {
		request[i] = (uint8_t)(count >> 8 * (3 - i));
		request[4 + i] = (uint8_t)(size >> 8 * (3 - i));
	}
	for (unsigned i = 0; i < 8; i++)
		request[8 + i] = (uint8_t)(interval >> 8 * (7 - i));
	write_packet(&w, &p, request, 16);
	send_written(now);
}

static void expect_source(uint32_t number, uint32_t size)
{
	struct packet p = turned(udp(19));
	static uint8_t payload[1472];

	for (unsigned i = 0; i < 4; i++)
		payload[i] = (uint8_t)(number >> 8 * (3 - i));
	write_packet(&expected, &p, payload, size - 42);
}

/* When the first frame of a stream that is asked for at @now has arrived. */
static uint64_t first_of(uint64_t now, uint32_t size)
{
	return now + wire_ticks(60) + LATENCY + THINK + wire_ticks(size) + LATENCY;
}

START_TEST(source)
{
	static const struct {
		uint32_t count, asked, size;
		uint64_t interval, paced;
	} rows[] = {
		{1000, 100, 100, 5000, 5000},     {500, 1514, 1514, 0, 1538}, {10, 0, 60, 84, 84},
		{10, 1u << 31, 1514, 1539, 1539}, {70000, 60, 60, 100, 100},
	};
	uint64_t now = 1000;

	start();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start_source(rows[i].count, rows[i].asked, rows[i].interval, now);
		for (uint32_t n = 0; n < rows[i].count; n++) {
			expect_source(n, rows[i].size);
			expect_frame(first_of(now, rows[i].size) + n * rows[i].paced);
		}
		ck_assert_uint_eq(due, CLOCK_NEVER);
		now += 100000000;
	}
}
END_TEST

/* A call that comes late changes nothing of the times; one with no end is nobody's burden. */
START_TEST(source_seen_late)
{
	const struct frame *f;
	uint64_t when;

	start();
	start_source(UINT32_MAX, 100, 1000, 1000);
	when = first_of(1000, 100);
	ck_assert_uint_le(wire_run(&wire.end[0], when + 1000000), when + 1000000);
	for (unsigned n = 0; n < WIRE_BATCH; n++) {
		f = switch_next(&nic, CLOCK_NEVER);
		ck_assert_ptr_nonnull(f);
		ck_assert_uint_eq(f->arrives, when + 1000 * n);
		switch_taken(&nic);
	}
	ck_assert_ptr_null(switch_next(&nic, CLOCK_NEVER));
	/* Another one in its place. */
	start_source(0, 0, 0, when + 2000000);
	ck_assert_uint_eq(wire_run(&wire.end[0], when + 9000000), CLOCK_NEVER);
	start_source(2, 60, UINT64_MAX, when + 10000000);
	due = wire_run(&wire.end[0], first_of(when + 10000000, 60));
	ck_assert_uint_eq(due, CLOCK_NEVER);
}
END_TEST

/* An answer between two frames of a stream has its place by time, and delays those behind it. */
START_TEST(source_and_echo)
{
	struct packet p = udp(7), q = turned(p);
	static uint8_t payload[1000];
	uint64_t first, bits;

	start();
	start_source(3, 1000, 5000, 1000);
	first = first_of(1000, 1000);
	bits = first - LATENCY - 1024; /* when the stream's first bit goes out */
	write_packet(&w, &p, payload, 1000);
	/* Its answer wants to go out 50 ticks before the second frame of the stream. */
	send_written(bits + 5000 - 50 - THINK - LATENCY - 1066);
	expect_source(0, 1000);
	expect_frame(first);
	write_packet(&expected, &q, payload, 1000);
	expect_frame(bits + 5000 - 50 + 1066 + LATENCY);
	expect_source(1, 1000);
	expect_frame(bits + 5000 - 50 + 1066 + 1024 + LATENCY);
	expect_source(2, 1000);
	expect_frame(bits + 10000 + 1024 + LATENCY);
}
END_TEST

/* Any bytes at all, from a machine that never takes an answer: the sanitizers are the judges. */
START_TEST(anything_may_be_sent)
{
	struct packet p = udp(7);
	struct net_report r;

	start();
	for (unsigned round = 0; round < 200000; round++) {
		struct frame f = {.bytes = w.bytes};

		p.destination_port = (uint16_t[]){7, 9, 19, 1}[draw_below(4)];
		p.protocol = draw_below(8) ? 17 : 6;
		write_packet(&w, &p, (const uint8_t *)"0123456789abcdef", draw_below(17));
		pad_written(&w);
		for (unsigned n = draw_below(3); n--;)
			w.bytes[draw_below(w.size)] = (uint8_t)draw();
		f.size = draw_below(8) ? w.size : 1 + draw_below(w.size);
		f.offload.checksum = draw_below(2);
		f.offload.checksum_start = (uint16_t)(draw_below(2) ? 34 : draw_below(100));
		f.offload.checksum_offset = (uint16_t)draw_below(30);
		switch_send(&nic, &f, 100 * round);
		if (round % 1000 == 0)
			wire_run(&wire.end[0], 100 * round);
	}
	net_report(&r, &net, &wire.end[0]);
	ck_assert_uint_gt(r.peer.echoed, 1000);
	ck_assert_uint_gt(r.peer.started, 500);
	ck_assert_uint_gt(r.peer.dropped_full, 1000);
	ck_assert_uint_gt(r.peer.ignored, 1000);
}
END_TEST

TCase *peer_tests(void)
{
	TCase *t = tcase_create("peer");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, arp);
	tcase_add_test(t, ping);
	tcase_add_test(t, udp_echo);
	tcase_add_test(t, udp_checksums);
	tcase_add_test(t, answers_queue_on_the_wire);
	tcase_add_test(t, discard);
	tcase_add_test(t, source);
	tcase_add_test(t, source_seen_late);
	tcase_add_test(t, source_and_echo);
	tcase_add_test(t, anything_may_be_sent);
	tcase_add_test(t, udp_shorter_than_ip);
	tcase_add_test(t, hears_the_rest_later);
	return t;
}
