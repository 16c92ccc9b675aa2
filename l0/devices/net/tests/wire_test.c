// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "devices/net/report.h"
#include "packets.h"
#include "platform/clock.h"
#include "suites.h"

/* Two machines, each with a NIC and an uplink; their clocks differ. 8 Gbit/s at 1 GHz: a byte is a
 * tick. */
#define LATENCY 5000
#define DEPTH   100000

struct side {
	struct net_switch net;
	struct switch_port nic, uplink;
	uint8_t nic_memory[1 << 16] __attribute__((aligned(64)));
	uint8_t uplink_memory[1 << 16] __attribute__((aligned(64)));
	unsigned nic_wakes, end_wakes;
	uint64_t nic_at, end_at;
};

static struct side side[2];
static struct wire wire;
static const uint64_t clock_of[2] = {1000, 900000};

static void on_nic(struct switch_port *port, uint64_t when)
{
	struct side *s = port->owner;

	s->nic_wakes++;
	s->nic_at = when;
}

static void on_end(struct wire_end *end, uint64_t when)
{
	struct side *s = end->owner;

	s->end_wakes++;
	s->end_at = when;
}

static void start(void)
{
	ck_assert(wire_init(&wire, &(struct line_config){1000000, 8000, LATENCY, DEPTH}));
	for (unsigned n = 0; n < 2; n++) {
		struct side *s = &side[n];
		struct port_filter filter = {.mac = {2, 0, 0, 0, 0, (uint8_t)n}};

		switch_init(&s->net, 1000000);
		ck_assert(switch_add_port(&s->net, &s->nic, s->nic_memory, 1 << 16));
		ck_assert(switch_add_port(&s->net, &s->uplink, s->uplink_memory, 1 << 16));
		s->nic.wake = on_nic;
		s->nic.owner = s;
		switch_set_filter(&s->nic, &filter);
		wire_attach(&wire, n, &s->uplink, clock_of[n]);
		wire.end[n].wake = on_end;
		wire.end[n].owner = s;
	}
}

static void send_from(unsigned n, uint32_t size, uint64_t now)
{
	uint8_t bytes[2000] = {2, 0, 0, 0, 0, (uint8_t)!n, 2, 0, 0, 0, 0, (uint8_t)n, 8};
	struct frame f = {.bytes = bytes, .size = size};

	memset(bytes + 14, (int)size, sizeof(bytes) - 14);
	switch_send(&side[n].nic, &f, now);
}

/* From clock 0 to clock 1. */
static uint64_t there(uint64_t t)
{
	return t - clock_of[0] + clock_of[1];
}

START_TEST(across_and_on_time)
{
	uint64_t first = there(10000 + 124 + LATENCY), second = first + 1538;

	start();
	send_from(0, 100, 10000);
	send_from(0, 1514, 10001);
	ck_assert_uint_eq(side[1].end_wakes, 1);
	ck_assert_uint_eq(side[1].end_at, first);
	ck_assert_uint_eq(wire_run(&wire.end[1], first - 1), first);
	ck_assert_uint_eq(side[1].nic_wakes, 0);
	ck_assert_uint_eq(wire_run(&wire.end[1], first), second);
	ck_assert_uint_eq(side[1].nic_at, first);
	ck_assert_uint_eq(switch_next(&side[1].nic, first)->size, 100);
	switch_taken(&side[1].nic);
	/* Late, but by its own time. */
	ck_assert_uint_eq(wire_run(&wire.end[1], second + 500), CLOCK_NEVER);
	ck_assert_uint_eq(side[1].nic_at, second);
	ck_assert_uint_eq(switch_next(&side[1].nic, second)->bytes[700], (uint8_t)1514);
	/* And back, the other line being free. */
	send_from(1, 60, second);
	ck_assert_uint_eq(side[0].end_at, second + 84 + LATENCY - clock_of[1] + clock_of[0]);
}
END_TEST

START_TEST(a_parked_machine_blocks_nobody)
{
	struct net_report r;

	start();
	for (unsigned i = 0; i < 5000; i++)
		send_from(0, 1000, 10000 + i * 2000);
	ck_assert_uint_eq(side[1].end_wakes, 1);
	net_report(&r, &side[0].net, &wire.end[0]);
	ck_assert_uint_eq(r.ports, 2);
	ck_assert_uint_eq(r.port[0].sent_frames, 5000);
	ck_assert_uint_eq(r.port[1].received_frames, r.sent.frames);
	ck_assert_uint_eq(r.port[1].dropped_full, 5000 - r.sent.frames);
	ck_assert_uint_eq(r.sent.busy, r.sent.frames * 1024);
	ck_assert_uint_gt(r.sent.frames, 50);
	ck_assert_uint_lt(r.sent.frames, 100);
	/* The other direction knows nothing of it. */
	send_from(1, 100, 5000000);
	wire_run(&wire.end[0], 6000000);
	ck_assert_ptr_nonnull(switch_next(&side[0].nic, 6000000));
	net_report(&r, &side[1].net, &wire.end[1]);
	ck_assert_uint_eq(r.sent.frames, 1);
	ck_assert_uint_eq(r.sent.dropped + r.port[1].dropped_full, 0);
}
END_TEST

/* More than a batch: the rest is due at once, nothing is lost, order is kept. */
START_TEST(batches)
{
	uint64_t late = there(1000000), due;
	unsigned got = 0;

	start();
	for (unsigned i = 0; i < 3 * WIRE_BATCH / 2; i++)
		send_from(0, 60 + i, 10000);
	due = wire_run(&wire.end[1], late);
	ck_assert_uint_le(due, late);
	ck_assert_uint_eq(side[1].net.port[0]->counters.received_frames, WIRE_BATCH);
	ck_assert_uint_eq(wire_run(&wire.end[1], late), CLOCK_NEVER);
	for (const struct frame *f; (f = switch_next(&side[1].nic, late)) != NULL; got++) {
		ck_assert_uint_eq(f->size, 60 + got);
		switch_taken(&side[1].nic);
	}
	ck_assert_uint_eq(got, 3 * WIRE_BATCH / 2);
}
END_TEST

START_TEST(the_line_drops)
{
	struct net_report r;

	start();
	wire.line[0].depth = 3000;
	for (unsigned i = 0; i < 10; i++)
		send_from(0, 1000, 10000);
	net_report(&r, &side[0].net, &wire.end[0]);
	/* The first is on the wire's doorstep with all its bytes; 1,024 more fit, then no more. */
	ck_assert_uint_eq(r.sent.frames, 2);
	ck_assert_uint_eq(r.sent.dropped, 8);
	ck_assert_uint_eq(r.port[1].received_frames, 2);
	ck_assert_uint_eq(r.port[1].dropped_full, 0);
}
END_TEST

/* One end only: what is sent goes nowhere, and is forgotten when there is no more room. */
START_TEST(an_open_end)
{
	start();
	wire.end[1].port = NULL;
	wire.end[1].wake = NULL;
	for (unsigned i = 0; i < 1000; i++)
		send_from(0, 1000, 10000 + 2000 * i);
	ck_assert_uint_eq(wire_run(&wire.end[0], 100000000), CLOCK_NEVER);
}
END_TEST

TCase *wire_tests(void)
{
	TCase *t = tcase_create("wire");

	tcase_add_test(t, across_and_on_time);
	tcase_add_test(t, a_parked_machine_blocks_nobody);
	tcase_add_test(t, batches);
	tcase_add_test(t, the_line_drops);
	tcase_add_test(t, an_open_end);
	return t;
}
