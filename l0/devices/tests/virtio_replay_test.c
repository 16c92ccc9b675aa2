// SPDX-License-Identifier: Apache-2.0
/*
 * A device that goes on reading what it has sent: what it says of a window is what the tables and
 * the IOMMU beside it were made to do. A turn takes TURN ticks.
 */
#include "devices/virtio/virtio_replay.h"

#include <string.h>

#include "net_pair.h"
#include "suites.h"

#define SIZE    300
#define TURN    10
#define WATCHES 4

static const uint8_t plain[NET_HEADER];
static uint8_t sent[SIZE];
static uint32_t notify[VIRTIO_PAGE / 4] __attribute__((aligned(VIRTIO_PAGE)));
static struct replay replay;

static void start(unsigned watches)
{
	struct side *s = &side[0];
	struct virtio_net_config config = {.pci.id = 0x18, .pci.notify = notify, .port = &s->port};

	host_start(true);
	memset(&side[0], 0, sizeof(side[0]));
	memset(&replay, 0, sizeof(replay));
	replay.watches = watches;
	switch_init(&net_switch, 1ull << 40);
	ensure(switch_add_port(&net_switch, &s->port, s->queue, sizeof(s->queue)));
	virtio_net_init(&s->net, &config);
	s->net.replay = &replay;
	ensure(pci_register(&host.p, &s->net.pci.function));
	driver_start(&s->driver, &s->net.pci.function, UINT64_MAX, NET_BUFFERS);
	net_frame(sent, s->mac, s->mac, SIZE);
}

static void turns(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		host.now += TURN;
		replay_turn(&side[0].net, host.now, 1);
	}
}

/* Sends from a page of its own, which it returns; the device has read it. */
static uint64_t send_one(void)
{
	side[0].transmit = memory(HOST_PAGE, HOST_PAGE);
	net_send(&side[0], NET_TX, plain, sent, SIZE, 2);
	turns(1);
	return side[0].transmit;
}

static uint64_t sent_frames(void)
{
	return side[0].net.counters.sent;
}

START_TEST(no_window)
{
	start(WATCHES);
	host.hole = host.unmapped = send_one();
	ck_assert_uint_eq(sent_frames(), 1);
	ck_assert_uint_eq(replay.counters.watched, 1);
	turns(5);
	ck_assert_uint_eq(replay.counters.closed, 1);
	ck_assert_uint_eq(replay.counters.replays, 1);
	ck_assert_uint_eq(replay.counters.reached, 0);
	ck_assert_uint_eq(replay.seen[0], 0);
	ck_assert_uint_eq(replay.most[0], TURN);
}
END_TEST

START_TEST(a_window)
{
	struct replay_counters c;

	start(WATCHES);
	host.unmapped = send_one();
	turns(8);
	host.hole = host.unmapped;
	turns(1);
	ck_assert_uint_eq(replay.counters.closed, 1);
	ck_assert_uint_eq(replay.counters.reached, 8);
	ck_assert_uint_eq(replay.seen[0], 7 * TURN);
	ck_assert_uint_eq(replay.most[0], 9 * TURN);
	host.hole = 0;
	host.unmapped = send_one();
	turns(4);
	c = replay_end(&side[0].net);
	ck_assert_uint_eq(c.open, 1);
	ck_assert_uint_eq(c.open_most, 3 * TURN);
	turns(4);
	ck_assert_uint_eq(replay.counters.reached, 12);
}
END_TEST

/* What is mapped is nobody's window, however often it is sent. */
START_TEST(while_mapped)
{
	start(WATCHES);
	send_one();
	for (unsigned i = 0; i < 20; i++) {
		net_send(&side[0], NET_TX, plain, sent, SIZE, 2);
		turns(1);
	}
	ck_assert_uint_eq(sent_frames(), 21);
	ck_assert_uint_eq(replay.counters.watched, 1);
	ck_assert_uint_eq(replay.counters.replays, 0);
}
END_TEST

/* Another buffer has the address: the IOMMU has been told of it, or leads to the old one. */
START_TEST(given_again)
{
	start(WATCHES);
	host.told = _i;
	host.moved = send_one();
	turns(5);
	ck_assert_uint_eq(replay.counters.reused, 1);
	ck_assert_uint_eq(replay.counters.wrong, !_i);
	ck_assert_uint_eq(replay.counters.closed, 0);
	/* The same page again, after a time without. */
	start(WATCHES);
	host.unmapped = send_one();
	turns(3);
	host.unmapped = 0;
	turns(1);
	ck_assert_uint_eq(replay.counters.reused, 1);
	ck_assert_uint_eq(replay.counters.wrong, 0);
	ck_assert_uint_eq(replay.until[0], 2 * TURN);
}
END_TEST

START_TEST(out_of_the_machine)
{
	start(WATCHES);
	host.foreign = true;
	host.unmapped = send_one();
	turns(3);
	ck_assert_uint_eq(host.foreigners, 1);
	ck_assert_uint_eq(replay.counters.foreign, 1);
	ck_assert_uint_eq(replay.counters.reached, 0);
}
END_TEST

START_TEST(bounded)
{
	start(WATCHES);
	for (unsigned i = 0; i < 2 * WATCHES; i++)
		send_one();
	ck_assert_uint_eq(sent_frames(), 2 * WATCHES);
	ck_assert_uint_eq(replay.counters.watched, WATCHES);
	start(1);
	for (unsigned i = 0; i < REPLAY_WINDOWS + 10; i++) {
		host.hole = host.unmapped = 0;
		host.hole = host.unmapped = send_one();
		turns(1);
		memory_again();
		driver_start(&side[0].driver, &side[0].net.pci.function, UINT64_MAX, NET_BUFFERS);
	}
	ck_assert_uint_eq(sent_frames(), REPLAY_WINDOWS + 10);
	ck_assert_uint_eq(replay.counters.closed, REPLAY_WINDOWS);
	ck_assert_uint_eq(replay.counters.replays, REPLAY_WINDOWS);
}
END_TEST

/* A chain that none may make breaks the device as ever; one that is not sent yet is left there. */
START_TEST(its_queue)
{
	start(WATCHES);
	for (unsigned i = 0; i < 3000 && !side[0].net.pci.common.broken; i++) {
		side[0].transmit = memory(HOST_PAGE, HOST_PAGE);
		net_send(&side[0], NET_TX, plain, sent, SIZE, 1 + (unsigned)(draw() % 4));
		if (draw() % 2)
			turns(1);
		ck_assert_uint_le(sent_frames(), i + 1);
		memory_again();
		host_put16(side[0].driver.ring[NET_TX].descriptors + (uint32_t)(draw() % 1024),
			   (uint16_t)draw());
		if (i % 16 == 0)
			driver_start(&side[0].driver, &side[0].net.pci.function, UINT64_MAX,
				     NET_BUFFERS);
	}
	turns(4);
	ck_assert(driver_status(&side[0].driver) & VIRTIO_NEEDS_RESET);
}
END_TEST

TCase *virtio_replay_tests(void)
{
	TCase *t = tcase_create("a device that replays its DMA");

	tcase_add_test(t, no_window);
	tcase_add_test(t, a_window);
	tcase_add_test(t, while_mapped);
	tcase_add_loop_test(t, given_again, 0, 2);
	tcase_add_test(t, out_of_the_machine);
	tcase_add_test(t, bounded);
	tcase_add_test(t, its_queue);
	return t;
}
