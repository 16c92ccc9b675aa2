// SPDX-License-Identifier: Apache-2.0
/*
 * The way of one frame through the switch:
 *
 *     valid? ─▶ may it come from there? ─▶ learn its source ─▶ who gets it? ─▶ a copy to each queue
 *
 * An address that is a port's own is behind that port, whatever has been learned: nobody can take
 * it by sending with it. A port that is not promiscuous has no other addresses, so only those
 * behind promiscuous ports are learned, and what nobody knows goes to those.
 */
#include "devices/net/switch.h"
#include "lib/string.h"
#include "platform/clock.h"

#define BROADCAST 0xffffffffffffu
#define MULTICAST (1ull << 40)

/* A frame that is on its way. */
struct passage {
	const struct frame *frame;
	struct switch_port *from;
	uint64_t now;
	uint64_t to, source; /* addresses */
	uint32_t tag;        /* bytes of the tag that it came with */
	uint16_t control;    /* what is in the tag that it has, or would have: priority, VLAN */
};

/* Which ports are to be woken, and when, once the lock is free. */
struct wakes {
	uint32_t ports;
	uint64_t when[SWITCH_PORTS_MAX];
};

/* The next port of a mask, which loses it. */
static unsigned take_port(uint32_t *mask)
{
	unsigned n = (unsigned)__builtin_ctz(*mask);

	*mask &= *mask - 1;
	return n;
}

static void passage_begin(struct passage *p, struct switch_port *from, const struct frame *frame)
{
	p->frame = frame;
	p->from = from;
	p->to = get_mac(frame->bytes);
	p->source = get_mac(frame->bytes + ETHERNET_SOURCE);
	p->tag = packet_tag(frame->bytes);
	p->control = p->tag ? get16(frame->bytes + ETHERNET_TYPE + 2) : 0;
}

/* The spoof check, and that nobody leaves his VLAN: no tag, or priority alone, or that of the own.
 */
static bool may_send(const struct net_switch *net, struct passage *p)
{
	unsigned n = (unsigned)__builtin_ctz(p->from->bit);

	if ((net->check_source & p->from->bit) && p->source != net->mac[n])
		return false;
	if (!(net->in_vlan & p->from->bit))
		return true;
	if ((p->control & TAG_VLAN) != 0 && (p->control & TAG_VLAN) != net->vlan[n])
		return false;
	p->control |= net->vlan[n];
	return true;
}

static uint16_t vlan_of(const struct passage *p)
{
	return p->control & TAG_VLAN;
}

/* Ports that frames of the VLAN may reach. */
static uint32_t members(const struct net_switch *net, uint16_t vlan)
{
	uint32_t in_vlan = net->in_vlan, mask = ~in_vlan;

	while (in_vlan) {
		unsigned n = take_port(&in_vlan);

		mask |= (uint32_t)(net->vlan[n] == vlan) << n;
	}
	return mask & net->open;
}

static uint32_t owners(const struct net_switch *net, uint64_t mac)
{
	uint32_t mask = 0;

	for (unsigned n = 0; n < net->count; n++)
		if (net->mac[n] == mac)
			mask |= 1u << n;
	return mask;
}

static uint32_t known(const struct net_switch *net, const struct passage *p, uint32_t reach)
{
	uint32_t ports = owners(net, p->to) & reach;

	return ports ? ports : learned_get(&net->learned, learned_key(p->to, vlan_of(p)), p->now);
}

static uint32_t receivers(const struct net_switch *net, const struct passage *p)
{
	uint32_t reach = members(net, vlan_of(p)), ports;

	if (p->to == BROADCAST)
		ports = reach;
	else if (p->to & MULTICAST)
		ports = net->promiscuous | net->all_multicast;
	else if ((ports = known(net, p, reach)) == 0)
		ports = net->promiscuous;
	if (net->isolated & p->from->bit)
		reach &= ~net->isolated;
	return ports & reach & ~p->from->bit;
}

static void learn(struct net_switch *net, const struct passage *p)
{
	if (net->promiscuous & p->from->bit)
		learned_set(&net->learned, learned_key(p->source, vlan_of(p)), p->from->bit,
			    p->now);
}

/* Does it have a tag behind a port? Not in a VLAN that the port does not know of. */
static uint32_t tag_for(const struct net_switch *net, const struct passage *p, uint32_t bit)
{
	if (net->in_vlan & bit)
		return 0;
	return net->in_vlan & p->from->bit ? ETHERNET_TAG : p->tag;
}

static void write_bytes(uint8_t *bytes, const struct passage *p, uint32_t tag)
{
	const uint8_t *from = p->frame->bytes;
	uint32_t rest = ETHERNET_TYPE + p->tag;

	memcpy(bytes, from, ETHERNET_TYPE);
	if (tag) {
		put16(bytes + ETHERNET_TYPE, ETHERTYPE_TAG);
		put16(bytes + ETHERNET_TYPE + 2, p->control);
	}
	memcpy(bytes + ETHERNET_TYPE + tag, from + rest, p->frame->size - rest);
}

/* A large frame is not padded: what is behind its headers is payload. */
static uint32_t size_with(const struct passage *p, uint32_t tag)
{
	uint32_t size = p->frame->size - p->tag + tag;

	return size < FRAME_MIN && p->frame->offload.gso == FRAME_GSO_NONE ? FRAME_MIN : size;
}

/* What is beside the bytes. */
static void begin(struct frame *to, const struct passage *p, uint32_t tag)
{
	to->offload = p->frame->offload;
	to->offload.checksum_start = (uint16_t)(to->offload.checksum_start + tag - p->tag);
	to->offload.header_size = (uint16_t)(to->offload.header_size + tag - p->tag);
	to->arrives = p->now;
}

static void fill(struct frame *to, const struct passage *p, uint32_t tag)
{
	uint32_t size = p->frame->size - p->tag + tag;

	if (tag == 0 && p->tag == 0)
		memcpy(frame_queue_bytes(to), p->frame->bytes, size);
	else
		write_bytes(frame_queue_bytes(to), p, tag);
	if (size < to->size)
		frame_pad(frame_queue_bytes(to), size);
}

/* Into the queue of a port, if there is room. True: its owner is to be woken. */
static bool deliver(struct switch_port *to, const struct passage *p, uint64_t *when)
{
	uint32_t tag = tag_for(to->net, p, to->bit);
	struct frame *frame = frame_queue_reserve(&to->queue, size_with(p, tag));

	if (!frame) {
		to->counters.dropped_full++;
		return false;
	}
	begin(frame, p, tag);
	if (to->line)
		frame->arrives = line_pass(to->line, p->now, frame_wire_bytes(frame));
	if (frame->arrives == CLOCK_NEVER)
		return false;
	fill(frame, p, tag);
	*when = frame->arrives;
	to->counters.received_frames++;
	to->counters.received_bytes += frame->size;
	return frame_queue_commit(&to->queue);
}

static void forward(struct net_switch *net, struct passage *p, struct wakes *wakes)
{
	struct switch_port *from = p->from;
	uint32_t ports;

	if (!may_send(net, p)) {
		from->counters.dropped_source++;
		return;
	}
	from->counters.sent_frames++;
	from->counters.sent_bytes += p->frame->size;
	learn(net, p);
	for (ports = receivers(net, p); ports;) {
		unsigned n = take_port(&ports);

		if (deliver(net->port[n], p, &wakes->when[n]))
			wakes->ports |= 1u << n;
	}
}

static void wake(struct net_switch *net, struct wakes *wakes)
{
	while (wakes->ports) {
		unsigned n = take_port(&wakes->ports);
		struct switch_port *port = net->port[n];

		if (port->wake)
			port->wake(port, wakes->when[n]);
	}
}

void switch_send(struct switch_port *from, const struct frame *frame, uint64_t now)
{
	struct net_switch *net = from->net;
	bool valid = frame_valid(frame);
	struct passage p = {.now = now};
	struct wakes wakes;

	wakes.ports = 0;
	lock_take(&net->lock);
	if (valid && (net->open & from->bit)) {
		passage_begin(&p, from, frame);
		forward(net, &p, &wakes);
	} else if (!valid) {
		from->counters.dropped_bad++;
	}
	lock_give(&net->lock);
	wake(net, &wakes);
}
