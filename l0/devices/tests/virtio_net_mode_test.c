// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "net_pair.h"
#include "suites.h"

#define ALL UINT64_MAX

static const uint8_t plain[NET_HEADER];
static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t group[6] = {0x01, 0, 0x5e, 1, 2, 3}, other_group[6] = {0x01, 0, 0x5e, 9, 9, 9};
static const uint8_t second[6] = {0x52, 0x54, 0, 0, 9, 9}, third[6] = {0x52, 0x54, 0, 0, 9, 7};
static uint8_t sent[FRAME_MAX], got[FRAME_MAX], header[NET_HEADER];

/* Does side 1 get a frame that side 0 sends to an address? */
static bool arrives(const uint8_t to[6])
{
	net_frame(sent, to, side[0].mac, 100);
	net_send(&side[0], NET_TX, plain, sent, 100, 1);
	return net_receive_one(&side[1], NET_RX, header, got) == 100;
}

static uint8_t set(unsigned number, uint8_t on)
{
	return net_command(&side[1], 0, number, &on, 1);
}

START_TEST(modes)
{
	net_start(ALL, ALL, 2048, 1);
	ck_assert(arrives(side[1].mac) && arrives(broadcast) && !arrives(group) &&
		  !arrives(second));
	ck_assert_uint_eq(set(0, 1), 0);
	ck_assert(arrives(side[1].mac) && arrives(group) && arrives(second));
	ck_assert_uint_eq(set(0, 0), 0);
	ck_assert_uint_eq(set(1, 1), 0);
	ck_assert(arrives(group) && !arrives(second));
	ck_assert_uint_eq(set(1, 0), 0);
	ck_assert_uint_eq(set(2, 1), 0);
	ck_assert(!arrives(group) && arrives(second));
	ck_assert_uint_eq(set(2, 0), 0);
	ck_assert_uint_eq(set(4, 1), 0);
	ck_assert(!arrives(side[1].mac) && arrives(broadcast));
	ck_assert_uint_eq(set(5, 1), 0);
	ck_assert(!arrives(broadcast));
	ck_assert_uint_eq(set(6, 1), 1);
}
END_TEST

START_TEST(table)
{
	uint8_t t[4 + 6 + 4 + 6];
	uint32_t one = 1;

	net_start(ALL, ALL, 2048, 1);
	memcpy(t, &one, 4);
	memcpy(t + 4, second, 6);
	memcpy(t + 10, &one, 4);
	memcpy(t + 14, group, 6);
	ck_assert_uint_eq(net_command(&side[1], 1, 0, t, sizeof(t)), 0);
	ck_assert(arrives(side[1].mac) && arrives(second) && !arrives(third));
	ck_assert(arrives(group) && !arrives(other_group));
	ck_assert_uint_eq(net_command(&side[1], 1, 0, t, 19), 1);
	ck_assert_uint_eq(net_command(&side[1], 1, 0, t, 3), 1);
}
END_TEST

/* More than is kept: all of the kind. */
START_TEST(long_table)
{
	static uint8_t t[4 + 6 * 100 + 4];
	uint32_t many = 100;

	net_start(ALL, ALL, 2048, 1);
	memcpy(t, &many, 4);
	ck_assert_uint_eq(net_command(&side[1], 1, 0, t, sizeof(t)), 0);
	ck_assert(arrives(second) && !arrives(group));
	many = UINT32_MAX;
	memcpy(t, &many, 4);
	ck_assert_uint_eq(net_command(&side[1], 1, 0, t, sizeof(t)), 1);
}
END_TEST

START_TEST(address)
{
	net_start(ALL, ALL, 2048, 1);
	ck_assert_uint_eq(net_command(&side[1], 1, 1, second, 6), 0);
	ck_assert(arrives(second) && !arrives(side[1].mac));
	ck_assert_uint_eq(net_command(&side[1], 1, 1, second, 5), 1);
}
END_TEST

static bool arrives_in(uint16_t vlan)
{
	net_frame(sent, side[1].mac, side[0].mac, 100);
	sent[12] = 0x81;
	sent[13] = 0;
	sent[14] = (uint8_t)(vlan >> 8);
	sent[15] = (uint8_t)vlan;
	net_send(&side[0], NET_TX, plain, sent, 100, 1);
	return net_receive_one(&side[1], NET_RX, header, got) == 100;
}

START_TEST(vlans)
{
	const uint16_t vlan = 77, wrong = 4096;

	net_start(ALL, ALL, 2048, 1);
	ck_assert(arrives(side[1].mac) && arrives_in(0) && !arrives_in(77));
	ck_assert_uint_eq(net_command(&side[1], 2, 0, &vlan, 2), 0);
	ck_assert(arrives_in(77) && !arrives_in(78));
	ck_assert_uint_eq(net_command(&side[1], 2, 1, &vlan, 2), 0);
	ck_assert(!arrives_in(77));
	ck_assert_uint_eq(net_command(&side[1], 2, 0, &wrong, 2), 1);
}
END_TEST

/* Who did not agree to say what it wants gets everything. */
START_TEST(no_control)
{
	net_start(ALL, ~(0xfeull << 16) & ~VIRTIO_BIT(2), 2048, 1);
	ck_assert(arrives(second) && arrives(group) && arrives_in(5));
}
END_TEST

/* Each feature that cannot be alone, and what it needs: 5.1.3.1. */
START_TEST(dependent_features)
{
	static const uint8_t needs[][2] = {{7, 1},   {8, 1},   {11, 0},  {12, 0},  {18, 17},
					   {19, 17}, {20, 17}, {22, 17}, {23, 17}, {2, 17}};
	const uint64_t base = 3ull << 32;

	net_start(ALL, ALL, 2048, 2);
	for (unsigned i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		uint64_t feature = VIRTIO_BIT(needs[i][0]);

		ck_assert(!driver_negotiate(&side[0].driver, base | feature));
		ck_assert_uint_eq(side[0].driver.features, base | feature);
		ck_assert(driver_negotiate(&side[0].driver,
					   base | feature | VIRTIO_BIT(needs[i][1])));
	}
}
END_TEST

START_TEST(link)
{
	net_start(ALL, ALL, 2048, 1);
	ck_assert_uint_eq(bar_in(side[1].driver.function, side[1].driver.config + 6, 2), 1);
	net_plug(&side[1].net, false);
	ck_assert_uint_eq(bar_in(side[1].driver.function, side[1].driver.config + 6, 2), 0);
	ck_assert_uint_eq(common_in(&side[1].driver, 0x15, 1), 1);
	ck_assert_uint_eq(host.messages[0], 1);
	ck_assert(!arrives(side[1].mac));
	net_plug(&side[1].net, true);
	net_plug(&side[1].net, true);
	ck_assert_uint_eq(host.messages[0], 2);
	ck_assert(arrives(side[1].mac));
}
END_TEST

/* What is received may be cut off later, and no more than was agreed be asked for. */
START_TEST(offloads)
{
	uint64_t none = 0, too_many = VIRTIO_BIT(10);

	net_start(ALL, ALL, 2048, 1);
	ck_assert_uint_eq(net_command(&side[1], 5, 0, &too_many, 8), 1);
	ck_assert_uint_ne(side[1].net.offloads, 0);
	ck_assert_uint_eq(net_command(&side[1], 5, 0, &none, 8), 0);
	ck_assert_uint_eq(side[1].net.offloads, 0);
}
END_TEST

/* An IP packet with ports from one side to the other, by a pair of queues. */
static void send_flow(unsigned from, unsigned pair, uint8_t port_from, uint8_t port_to)
{
	net_frame(sent, side[!from].mac, side[from].mac, 100);
	memset(sent + 14, 0, 24);
	sent[12] = 0x08;
	sent[13] = 0x00;
	sent[14] = 0x45;
	sent[23] = 17;
	sent[29] = (uint8_t)from;
	sent[33] = (uint8_t)!from;
	sent[35] = port_from;
	sent[37] = port_to;
	net_send(&side[from], 2 * pair + 1, plain, sent, 100, 1);
}

START_TEST(pairs)
{
	const uint16_t two = 2, none = 0, three = 3;

	net_start(ALL, ALL, 1024, 2);
	ck_assert_uint_eq(bar_in(side[0].driver.function, side[0].driver.config + 8, 2), 2);
	net_fill(&side[1], 2);
	ck_assert_uint_eq(net_command(&side[1], 4, 0, &none, 2), 1);
	ck_assert_uint_eq(net_command(&side[1], 4, 0, &three, 2), 1);
	ck_assert_uint_eq(net_command(&side[1], 4, 0, &two, 2), 0);
	for (uint8_t port = 1; port < 40; port++) {
		unsigned pair = (unsigned)(draw() % 2);

		send_flow(1, pair, port, 200);
		send_flow(0, 0, 200, port); /* the answer comes back where it was asked */
		ensure(net_receive_one(&side[1], 2 * pair, header, got) == 100);
		ensure(!net_receive_one(&side[1], 2 * !pair, header, got));
		net_receive_one(&side[0], NET_RX, header, got);
	}
}
END_TEST

/* A virtual function's driver is not the master of its address. */
START_TEST(fixed)
{
	struct virtio_net_config config = {.pci.id = 0x18, .port = &side[0].port, .fixed = true};
	struct side *s = &side[0];
	const uint8_t on = 1;

	host_start(true);
	switch_init(&net_switch, 0);
	memcpy(config.filter.mac, second, 6);
	ck_assert(switch_add_port(&net_switch, &s->port, s->queue, sizeof(s->queue)));
	virtio_net_init(&s->net, &config);
	ck_assert(pci_register(&host.p, &s->net.pci.function));
	driver_start(&s->driver, &s->net.pci.function, ALL, 16);
	s->transmit = memory(4096, 2);
	ck_assert_uint_eq(net_command(s, 1, 1, third, 6), 1);
	ck_assert_uint_eq(net_command(s, 0, 0, &on, 1), 0);
	ck_assert_uint_eq(net_switch.promiscuous, 0);
	memcpy(config.filter.mac, third, 6);
	config.filter.check_source = true;
	virtio_net_set_filter(&s->net, &config.filter);
	ck_assert_uint_eq(net_switch.check_source, 1);
	ck_assert_uint_eq(bar_in(s->driver.function, s->driver.config + 5, 1), third[5]);
	ck_assert_uint_eq(host.messages[0], 1);
}
END_TEST

TCase *virtio_net_mode_tests(void)
{
	TCase *t = tcase_create("virtio network device, what it receives");

	tcase_add_test(t, modes);
	tcase_add_test(t, table);
	tcase_add_test(t, long_table);
	tcase_add_test(t, address);
	tcase_add_test(t, vlans);
	tcase_add_test(t, no_control);
	tcase_add_test(t, dependent_features);
	tcase_add_test(t, link);
	tcase_add_test(t, offloads);
	tcase_add_test(t, pairs);
	tcase_add_test(t, fixed);
	return t;
}
