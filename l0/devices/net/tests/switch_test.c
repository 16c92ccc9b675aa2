// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "devices/net/switch.h"
#include "packets.h"
#include "platform/clock.h"
#include "suites.h"

/* What the model has no part in: full queues, bad frames, large ones, a table that overflows. */
static struct net_switch net;
static struct switch_port port[SWITCH_PORTS_MAX + 1];
static uint8_t memory[SWITCH_PORTS_MAX][FRAME_QUEUE_MIN] __attribute__((aligned(64)));
static unsigned wakes;
static uint64_t woken_at;

static void on_wake(struct switch_port *p, uint64_t when)
{
	ck_assert(p->owner == &net);
	wakes++;
	woken_at = when;
}

static void start(unsigned ports)
{
	switch_init(&net, 1000000);
	for (unsigned n = 0; n < ports; n++) {
		struct port_filter filter = {.mac = {2, 0, 0, 0, 0, (uint8_t)n}};

		ck_assert(switch_add_port(&net, &port[n], memory[n], sizeof(memory[n])));
		port[n].wake = on_wake;
		port[n].owner = &net;
		switch_set_filter(&port[n], &filter);
	}
}

static void send_sized(unsigned from, unsigned to, uint32_t size, uint64_t now)
{
	uint8_t bytes[2000] = {2, 0, 0, 0, 0, (uint8_t)to, 2, 0, 0, 0, 0, (uint8_t)from, 8};
	struct frame f = {.bytes = bytes, .size = size};

	switch_send(&port[from], &f, now);
}

START_TEST(sixteen_ports)
{
	start(SWITCH_PORTS_MAX);
	ck_assert(!switch_add_port(&net, &port[16], memory[0], sizeof(memory[0])));
	send_sized(15, 0, 100, 1);
	ck_assert_ptr_nonnull(switch_next(&port[0], 1));
	send_sized(0, 15, 100, 1);
	ck_assert_ptr_nonnull(switch_next(&port[15], 1));
}
END_TEST

START_TEST(full_queues_drop_the_newest)
{
	struct port_counters c;
	unsigned got = 0;

	start(2);
	for (unsigned i = 0; i < 100; i++)
		send_sized(0, 1, 100 + i, i);
	ck_assert_uint_eq(wakes, 1);
	ck_assert_uint_eq(woken_at, 0);
	for (const struct frame *f; (f = switch_next(&port[1], 1000)) != NULL; got++) {
		ck_assert_uint_eq(f->size, 100 + got);
		ck_assert_uint_eq(f->arrives, got);
		switch_taken(&port[1]);
	}
	switch_read_counters(&port[1], &c);
	ck_assert_uint_gt(got, 10);
	ck_assert_uint_eq(c.received_frames, got);
	ck_assert_uint_eq(c.dropped_full, 100 - got);
	send_sized(0, 1, 100, 2000);
	ck_assert_uint_eq(wakes, 2);
}
END_TEST

START_TEST(bad_frames)
{
	struct port_counters c;

	start(2);
	send_sized(0, 1, 13, 1);
	send_sized(0, 1, 1515, 1);
	switch_read_counters(&port[0], &c);
	ck_assert_uint_eq(c.dropped_bad, 2);
	ck_assert_uint_eq(c.sent_frames, 0);
	ck_assert_uint_eq(switch_due(&port[1]), CLOCK_NEVER);
	send_sized(0, 1, 14, 1);
	ck_assert_uint_eq(switch_next(&port[1], 1)->size, 60);
}
END_TEST

/* One who sends with a million addresses gets no more than the table has, and takes nobody's own.
 */
START_TEST(a_table_that_overflows)
{
	const struct port_filter open = {.mac = {2, 0, 0, 0, 0, 0}, .promiscuous = true};
	uint8_t bytes[64] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 1, 8};
	struct frame f = {.bytes = bytes, .size = sizeof(bytes)};

	start(3);
	switch_set_filter(&port[0], &open);
	for (uint32_t i = 0; i < 1000000; i++) {
		memcpy(bytes + 8, &i, 4);
		switch_send(&port[0], &f, i);
	}
	switch_close(&port[1]);
	switch_open(&port[1]);
	memcpy(bytes + 6, (uint8_t[]){2, 0, 0, 0, 0, 1}, 6); /* that of port 1 */
	bytes[5] = 2;
	switch_send(&port[0], &f, 2000000);
	wakes = 0;
	send_sized(2, 1, 100, 2000001);
	ck_assert_ptr_nonnull(switch_next(&port[1], 2000001));
	ck_assert_ptr_null(switch_next(&port[0], 2000001));
	ck_assert_uint_eq(wakes, 1);
}
END_TEST

/* A large frame from a VLAN to the trunk: its places move with the tag, its segments are right. */
START_TEST(large_frames_change_tags)
{
	static struct written w, expected;
	static uint8_t payload[1000], bytes[FRAME_SEGMENT_MAX];
	const struct frame *got;

	for (unsigned round = 0; round < 200; round++) {
		struct packet p = random_tcp();
		struct frame f = {.bytes = w.bytes};

		p.tagged = round % 2;
		p.tag = 0xe005;
		p.to = 0x020000000001;
		write_packet(&w, &p, payload, sizeof(payload));
		f.size = w.size;
		f.offload = (struct frame_offload){true,
						   p.version6 ? FRAME_GSO_TCP6 : FRAME_GSO_TCP4,
						   (uint16_t)w.payload,
						   2000,
						   (uint16_t)w.inner,
						   16};
		f.offload.gso_size = 1200;
		start(2);
		switch_set_filter(&port[round % 2],
				  &(struct port_filter){
					  .mac = {2, 0, 0, 0, 0, (uint8_t)(round % 2)}, .vlan = 5});
		switch_send(&port[0], &f, 7);
		got = switch_next(&port[1], 7);
		ensure(got && frame_valid(got) && got->arrives == 7);
		p.tagged = !p.tagged;
		p.tag = 5;
		write_packet(&expected, &p, payload, sizeof(payload));
		ensure(frame_segment(got, 0, bytes) == expected.size);
		ensure(memcmp(bytes, expected.bytes, expected.size) == 0);
	}
}
END_TEST

/* A large frame that is small: behind its headers are no zeros that were not there. */
START_TEST(large_frames_are_not_padded)
{
	static struct written w;
	struct packet p = {.to = 0x020000000001, .protocol = 6};
	struct frame f = {.bytes = w.bytes};
	uint8_t bytes[FRAME_SEGMENT_MAX];

	write_packet(&w, &p, (const uint8_t *)"abc", 3);
	f.size = w.size;
	f.offload = (struct frame_offload){true, FRAME_GSO_TCP4, 54, 1000, 34, 16};
	start(2);
	switch_send(&port[0], &f, 7);
	ck_assert_uint_eq(switch_next(&port[1], 7)->size, 57);
	ck_assert_uint_eq(frame_segment(switch_next(&port[1], 7), 0, bytes), 60);
	pad_written(&w);
	ck_assert_mem_eq(bytes, w.bytes, 60);
}
END_TEST

/* What has come to a closed port is gone, and nothing more comes. */
START_TEST(closed_ports)
{
	start(2);
	send_sized(0, 1, 100, 1);
	switch_close(&port[1]);
	ck_assert_uint_eq(switch_due(&port[1]), CLOCK_NEVER);
	send_sized(0, 1, 100, 2);
	send_sized(1, 0, 100, 2);
	ck_assert_uint_eq(switch_due(&port[1]), CLOCK_NEVER);
	ck_assert_uint_eq(switch_due(&port[0]), CLOCK_NEVER);
	switch_open(&port[1]);
	send_sized(0, 1, 100, 3);
	ck_assert_uint_eq(switch_due(&port[1]), 3);
}
END_TEST

TCase *switch_tests(void)
{
	TCase *t = tcase_create("switch");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, sixteen_ports);
	tcase_add_test(t, full_queues_drop_the_newest);
	tcase_add_test(t, bad_frames);
	tcase_add_test(t, a_table_that_overflows);
	tcase_add_test(t, large_frames_change_tags);
	tcase_add_test(t, closed_ports);
	tcase_add_test(t, large_frames_are_not_padded);
	return t;
}
