// SPDX-License-Identifier: Apache-2.0
/*
 * Functions of the fabric: a physical one (side 0) and a virtual one (side 1), whose notify pages
 * are RAM and whom only pci_poll() runs.
 */
#include <string.h>

#include "net_pair.h"
#include "platform/clock.h"
#include "platform/pci_regs.h"
#include "suites.h"

#define PF    0x18
#define VF    0x80
#define SIZE  300
#define WANT  UINT64_MAX
#define TURNS 8

static const uint8_t plain[NET_HEADER];
static uint8_t sent[SIZE], got[2 * FRAME_MAX], header[NET_HEADER];
static uint32_t notify[2][VIRTIO_PAGE / 4] __attribute__((aligned(VIRTIO_PAGE)));
static struct pci_iov iov;

static struct pci_function *function(unsigned n)
{
	return &side[n].net.pci.function;
}

static void make(unsigned n)
{
	struct side *s = &side[n];
	struct virtio_net_config config = {
		.pci.id = n ? VF : PF,
		.pci.with = n ? 0 : VIRTIO_BIT(VIRTIO_F_SR_IOV),
		.pci.is_virtual = n,
		.pci.notify = notify[n],
		.port = &s->port,
		.filter.check_source = n,
		.fixed = n,
	};
	const uint8_t mac[6] = {0x52, 0x54, 0, 0, 0, (uint8_t)config.pci.id};

	memcpy(s->mac, mac, 6);
	memcpy(config.filter.mac, mac, 6);
	ensure(switch_add_port(&net_switch, &s->port, s->queue, sizeof(s->queue)));
	virtio_net_init(&s->net, &config);
}

static void enable(unsigned number)
{
	config_out(function(0), iov.capability + PCI_IOV_CONTROL, 2, 0);
	config_out(function(0), iov.capability + PCI_IOV_NUMBER, 2, number);
	config_out(function(0), iov.capability + PCI_IOV_CONTROL, 2,
		   number ? PCI_IOV_ENABLE | PCI_IOV_MEMORY : 0);
}

static void drive(unsigned n)
{
	struct side *s = &side[n];

	driver_start(&s->driver, function(n), WANT, NET_BUFFERS);
	s->transmit = memory(4096, 2);
	s->buffer_bytes = 512;
	net_fill(s, NET_RX);
}

static void start(void)
{
	static const struct pci_iov_plan plan = {
		.total = 1, .first = VF - PF, .stride = 1, .device = 0x1041};

	host_start(true);
	switch_init(&net_switch, 1ull << 40);
	make(0);
	pci_add_iov(function(0), &iov, &plan);
	pci_add_iov_bar(function(0), VIRTIO_BAR, PCI_BAR_64, VIRTIO_BAR_SIZE);
	ensure(pci_register(&host.p, function(0)));
	make(1);
	ensure(pci_register_virtual(function(0), function(1)));
	drive(0);
	enable(1);
	drive(1);
}

/* As the fabric's CPU: so many turns at most, until there is nothing more to do. */
static unsigned turns(void)
{
	unsigned worked = 0;

	for (unsigned i = 0; i < TURNS; i++)
		for (unsigned n = 0; n < 2; n++)
			worked += pci_poll(function(n), host.now);
	return worked;
}

static void send(unsigned from, const uint8_t source[6])
{
	net_frame(sent, side[!from].mac, source, SIZE);
	net_send(&side[from], NET_TX, plain, sent, SIZE, 2);
}

static bool arrived(unsigned at)
{
	return net_receive_one(&side[at], NET_RX, header, got) == SIZE && !memcmp(sent, got, SIZE);
}

START_TEST(offered)
{
	start();
	ck_assert(side[0].driver.features & VIRTIO_BIT(VIRTIO_F_SR_IOV));
	ck_assert(!(side[1].driver.features & VIRTIO_BIT(VIRTIO_F_SR_IOV)));
	for (unsigned n = 0; n < 2; n++)
		ck_assert(side[n].driver.features & VIRTIO_BIT(VIRTIO_F_ORDER_PLATFORM));
	ck_assert_ptr_eq(host.page, notify[1]);
	ck_assert_uint_eq(host.page_at, function(1)->bar[0].base + VIRTIO_NOTIFY_PAGE);
}
END_TEST

/* Time passes, and nobody but who polls does anything; then both ways, with every kick seen. */
START_TEST(polled_alone)
{
	start();
	turns();
	for (unsigned round = 0; round < 1000; round++) {
		unsigned n = round % 2;

		send(n, side[n].mac);
		ensure(!arrived(!n));
		ensure((uint16_t)notify[n][NET_TX] == NET_TX);
		ensure(turns());
		ensure(notify[n][NET_TX] == VIRTIO_NO_KICK);
		ensure(arrived(!n));
		turns();
		ensure(!turns());
	}
	ck_assert_uint_eq(side[0].net.counters.received, 500);
	ck_assert_uint_eq(side[1].net.counters.received, 500);
	ck_assert_uint_eq(host.p.pci.due, CLOCK_NEVER);
}
END_TEST

/* Each kick that was seen leaves the time of the interrupt behind it, in its own function's page.
 */
START_TEST(told_when_it_sent)
{
	start();
	turns();
	for (unsigned n = 0; n < 2; n++) {
		const uint64_t *told = (const uint64_t *)notify[n] + VIRTIO_SENT / 8;

		host.sent = 1000 + n;
		turns();
		ck_assert_uint_ne(*told, host.sent);
		send(n, side[n].mac);
		turns();
		ck_assert_uint_eq(*told, host.sent);
	}
}
END_TEST

/* Between two turns an invalidation gets its answer, so each is short, and the next one is due. */
START_TEST(short_turns)
{
	start();
	turns();
	for (unsigned i = 0; i < 12; i++)
		send(0, side[0].mac);
	ensure(pci_poll(function(0), host.now));
	ck_assert_uint_eq(side[0].net.counters.sent, 8);
	ensure(pci_poll(function(1), host.now));
	ck_assert_uint_eq(side[1].net.counters.received, 8);
	turns();
	ck_assert_uint_eq(side[0].net.counters.sent, 12);
	ck_assert_uint_eq(side[1].net.counters.received, 12);
}
END_TEST

/* Queue 0, and the same one again before it was looked at. */
START_TEST(any_value)
{
	start();
	turns();
	bar_out(function(0), VIRTIO_NOTIFY_PAGE, 2, 0);
	bar_out(function(0), VIRTIO_NOTIFY_PAGE, 2, 0);
	ck_assert_uint_eq(turns(), 1);
	ck_assert_uint_eq(turns(), 0);
	bar_out(function(0), VIRTIO_NOTIFY_PAGE, 2, 0);
	ck_assert_uint_eq(turns(), 1);
}
END_TEST

START_TEST(spoofed)
{
	static const uint8_t other[6] = {0x52, 0x54, 0, 0, 0, 9};

	start();
	send(1, other);
	turns();
	ck_assert(!arrived(0));
	ck_assert_uint_eq(side[1].port.counters.dropped_source, 1);
	send(0, other); /* the physical one may */
	turns();
	ck_assert(arrived(1));
}
END_TEST

/* Who is gone reads and writes nothing, rings or no; who comes back works. */
START_TEST(on_and_off)
{
	start();
	for (unsigned round = 0; round < 20; round++) {
		uint64_t dmas;

		send(0, side[0].mac);
		send(1, side[1].mac);
		enable(0);
		dmas = host.dmas;
		pci_poll(function(1), host.now);
		ck_assert_uint_eq(host.dmas, dmas);
		ck_assert_uint_eq(host.page_at, PCI_BAR_OFF);
		turns();
		memory_again();
		drive(0);
		enable(1);
		drive(1);
		turns();
		send(1, side[1].mac);
		turns();
		ck_assert(arrived(0));
	}
}
END_TEST

/* A driver that writes all over its page, and its rings: its own device breaks, the other goes on.
 */
START_TEST(hostile)
{
	start();
	for (unsigned round = 0; round < 2000; round++) {
		bar_out(function(1), VIRTIO_NOTIFY_PAGE + (uint32_t)(draw() % 4093), 4,
			(uint32_t)draw());
		if (round % 64 == 63)
			host_put16(side[1].driver.ring[NET_TX].driver + 2, (uint16_t)draw());
		turns();
	}
	ck_assert(driver_status(&side[1].driver) & VIRTIO_NEEDS_RESET);
	turns();
	ck_assert_uint_eq(turns(), 0);
	ck_assert(!(driver_status(&side[0].driver) & VIRTIO_NEEDS_RESET));
}
END_TEST

TCase *function_tests(void)
{
	TCase *t = tcase_create("functions of the fabric");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, offered);
	tcase_add_test(t, polled_alone);
	tcase_add_test(t, told_when_it_sent);
	tcase_add_test(t, short_turns);
	tcase_add_test(t, any_value);
	tcase_add_test(t, spoofed);
	tcase_add_test(t, on_and_off);
	tcase_add_test(t, hostile);
	return t;
}
