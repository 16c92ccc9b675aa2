// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "devices/net/switch.h"
#include "packets.h"
#include "platform/clock.h"
#include "suites.h"

/*
 * The switch beside a model that asks of each port by itself: would it get this frame, and what
 * would stand in it? Few addresses, few VLANs, so that all of it happens often.
 */
#define PORTS     6
#define ROUNDS    100000
#define ADDRESSES 12
#define AGE       500

struct model_port {
	struct port_filter filter;
	bool open;
	uint64_t received, sent, dropped_source, dropped_bad;
};

struct model_frame {
	unsigned from;
	uint64_t to, source;
	bool tagged;
	uint16_t priority, vlan; /* vlan: which it is in, whatever the tag says */
	uint8_t *rest;           /* from the type on */
	uint32_t rest_size;
	struct frame_offload offload;
};

static struct net_switch net;
static struct switch_port port[PORTS];
static uint8_t memory[PORTS][FRAME_QUEUE_MIN] __attribute__((aligned(64)));
static unsigned woken[PORTS];
static uint64_t now = 1000;

static struct model_port model[PORTS];
static struct {
	int port; /* -1: not known */
	uint64_t seen;
} places[ADDRESSES][4096];

/* Addresses of ports, of hosts behind them, of groups, and of all. */
static uint64_t address(unsigned n)
{
	return n == 0 ? 0xffffffffffff : n == 1 ? 0x01005e000001 : 0x525400000000 + n;
}

static unsigned number_of(uint64_t mac)
{
	for (unsigned n = 0; n < ADDRESSES; n++)
		if (address(n) == mac)
			return n;
	ck_abort_msg("no such address");
	return 0;
}

static uint64_t mac_of(const struct port_filter *f)
{
	uint64_t mac = 0;

	for (unsigned i = 0; i < 6; i++)
		mac = mac << 8 | f->mac[i];
	return mac;
}

static void on_wake(struct switch_port *p, uint64_t when)
{
	ensure(when == now);
	woken[p - port]++;
}

static void set_filter(unsigned n)
{
	struct port_filter *f = &model[n].filter;
	uint64_t mac = address(2 + draw_below(ADDRESSES - 2));
	static const uint16_t vlans[] = {0, 0, 0, 5, 7};

	for (unsigned i = 0; i < 6; i++)
		f->mac[i] = (uint8_t)(mac >> 8 * (5 - i));
	f->promiscuous = draw_below(3) == 0;
	f->all_multicast = draw_below(2);
	f->check_source = draw_below(4) == 0;
	f->isolated = draw_below(3) == 0;
	f->vlan = vlans[draw_below(5)];
	switch_set_filter(&port[n], f);
}

static void forget(unsigned n)
{
	for (unsigned a = 0; a < ADDRESSES; a++)
		for (unsigned v = 0; v < 4096; v++)
			if (places[a][v].port == (int)n)
				places[a][v].port = -1;
}

static void change_something(void)
{
	unsigned n = draw_below(PORTS);

	if (draw_below(4)) {
		set_filter(n);
		if (!model[n].filter.promiscuous)
			forget(n);
		return;
	}
	model[n].open = !model[n].open;
	if (model[n].open) {
		switch_open(&port[n]);
	} else {
		switch_close(&port[n]);
		forget(n);
	}
}

static bool is_group(uint64_t mac)
{
	return mac >> 40 & 1;
}

static bool in_vlan(unsigned n, uint16_t vlan)
{
	return model[n].open && (model[n].filter.vlan == 0 || model[n].filter.vlan == vlan);
}

static bool refused(struct model_frame *f)
{
	const struct port_filter *filter = &model[f->from].filter;

	if (filter->check_source && f->source != mac_of(filter))
		return true;
	if (filter->vlan == 0)
		return false;
	if (f->vlan && f->vlan != filter->vlan)
		return true;
	f->vlan = filter->vlan;
	return false;
}

static bool is_owned(const struct model_frame *f)
{
	for (unsigned n = 0; n < PORTS; n++)
		if (in_vlan(n, f->vlan) && mac_of(&model[n].filter) == f->to)
			return true;
	return false;
}

static bool wants(unsigned n, const struct model_frame *f)
{
	const struct port_filter *filter = &model[n].filter;
	unsigned to = number_of(f->to);

	if (f->to == 0xffffffffffff)
		return true;
	if (is_group(f->to))
		return filter->promiscuous || filter->all_multicast;
	if (is_owned(f))
		return mac_of(filter) == f->to;
	if (places[to][f->vlan].port >= 0 && now - places[to][f->vlan].seen <= AGE)
		return places[to][f->vlan].port == (int)n;
	return filter->promiscuous;
}

static bool gets(unsigned n, const struct model_frame *f)
{
	if (n == f->from || !in_vlan(n, f->vlan))
		return false;
	if (model[n].filter.isolated && model[f->from].filter.isolated)
		return false;
	return wants(n, f);
}

/* What stands in it, with the tag that the port sees. */
static uint32_t expect(uint8_t *bytes, unsigned n, const struct model_frame *f, bool *tag)
{
	uint16_t control = (uint16_t)(f->priority << 12 | f->vlan);
	uint32_t size = 0;

	*tag = model[n].filter.vlan == 0 && (f->tagged || model[f->from].filter.vlan != 0);
	for (unsigned i = 0; i < 12; i++)
		bytes[size++] = (uint8_t)((i < 6 ? f->to : f->source) >> 8 * (5 - i % 6));
	if (*tag) {
		bytes[size++] = 0x81;
		bytes[size++] = 0;
		bytes[size++] = (uint8_t)(control >> 8);
		bytes[size++] = (uint8_t)control;
	}
	memcpy(bytes + size, f->rest, f->rest_size);
	size += f->rest_size;
	while (size < 60)
		bytes[size++] = 0;
	return size;
}

static void check_port(unsigned n, const struct model_frame *f, bool passed)
{
	const struct frame *frame = switch_next(&port[n], now);
	uint8_t bytes[1600];
	uint32_t size;
	bool tag;

	if (!passed || !gets(n, f)) {
		ensure(frame == NULL && woken[n] == 0);
		return;
	}
	ensure(frame && woken[n] == 1 && switch_due(&port[n]) == now);
	ensure(switch_next(&port[n], now - 1) == NULL);
	size = expect(bytes, n, f, &tag);
	ensure(frame->size == size && memcmp(frame->bytes, bytes, size) == 0);
	ensure(frame->offload.checksum == f->offload.checksum);
	if (f->offload.checksum)
		ensure(frame->offload.checksum_start ==
		       f->offload.checksum_start + (tag ? 4 : 0) - (f->tagged ? 4 : 0));
	switch_taken(&port[n]);
	ensure(switch_due(&port[n]) == CLOCK_NEVER);
	model[n].received++;
}

static uint32_t make(uint8_t *bytes, struct model_frame *f)
{
	static const uint16_t vlans[] = {0, 5, 7, 9};
	uint32_t type, size;

	*f = (struct model_frame){.from = draw_below(PORTS)};
	f->to = address(draw_below(ADDRESSES));
	f->source = draw_below(3) ? mac_of(&model[f->from].filter) : address(1 + draw_below(11));
	f->tagged = draw_below(3) == 0;
	f->vlan = f->tagged ? vlans[draw_below(4)] : 0;
	f->priority = f->tagged ? (uint16_t)draw_below(16) : 0;
	size = 18 + draw_below(draw_below(4) ? 100 : 1496);
	for (unsigned i = 0; i < 12; i++)
		bytes[i] = (uint8_t)((i < 6 ? f->to : f->source) >> 8 * (5 - i % 6));
	type = f->tagged ? 16 : 12;
	for (unsigned i = 12; i < size; i++)
		bytes[i] = (uint8_t)draw();
	memcpy(bytes + 12, (uint8_t[]){0x81, 0, (uint8_t)(f->priority << 4), (uint8_t)f->vlan}, 4);
	bytes[type] = 0x08;
	f->rest = bytes + type;
	f->rest_size = size - type;
	f->offload.checksum = size > 40 && draw_below(2);
	f->offload.checksum_start = (uint16_t)(18 + draw_below(20));
	return size;
}

static void learn(const struct model_frame *f)
{
	unsigned source = number_of(f->source);

	if (!model[f->from].filter.promiscuous || is_group(f->source))
		return;
	places[source][f->vlan].port = (int)f->from;
	places[source][f->vlan].seen = now;
}

static void send_one(void)
{
	struct model_frame f;
	uint8_t bytes[1600];
	struct frame frame = {.bytes = bytes};
	bool passed;

	frame.size = make(bytes, &f);
	frame.offload = f.offload;
	memset(woken, 0, sizeof(woken));
	switch_send(&port[f.from], &frame, now);
	passed = model[f.from].open && !refused(&f);
	if (model[f.from].open && !passed)
		model[f.from].dropped_source++;
	if (passed) {
		model[f.from].sent++;
		learn(&f);
	}
	for (unsigned n = 0; n < PORTS; n++)
		check_port(n, &f, passed);
}

START_TEST(random_frames)
{
	switch_init(&net, AGE);
	memset(places, 0xff, sizeof(places));
	for (unsigned n = 0; n < PORTS; n++) {
		ensure(switch_add_port(&net, &port[n], memory[n], sizeof(memory[n])));
		port[n].wake = on_wake;
		model[n].open = true;
		set_filter(n);
	}
	for (unsigned round = 0; round < ROUNDS; round++) {
		if (draw_below(50) == 0)
			change_something();
		send_one();
		now += draw_below(20);
	}
	for (unsigned n = 0; n < PORTS; n++) {
		struct port_counters c;

		switch_read_counters(&port[n], &c);
		ck_assert_uint_eq(c.received_frames, model[n].received);
		ck_assert_uint_eq(c.sent_frames, model[n].sent);
		ck_assert_uint_eq(c.dropped_source, model[n].dropped_source);
		ck_assert_uint_eq(c.dropped_bad + c.dropped_full, 0);
		ck_assert_uint_gt(c.received_frames, 1000);
		ck_assert_uint_gt(c.dropped_source, 100);
	}
}
END_TEST

TCase *switch_model_tests(void)
{
	TCase *t = tcase_create("switch and model");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, random_frames);
	return t;
}
