// SPDX-License-Identifier: Apache-2.0
#include "devices/net/peer.h"
#include "devices/net/checksum.h"
#include "lib/string.h"

#define BROADCAST 0xffffffffffffu
#define MULTICAST (1ull << 40)

/* A packet that has been found to be for the peer and in order. */
struct heard {
	const struct frame *frame;
	uint32_t at;   /* of the packet in the frame, then of what is in it */
	uint32_t size; /* from there on */
};

bool peer_init(struct peer *peer, const struct peer_config *config, void *memory, uint64_t size)
{
	*peer = (struct peer){.config = *config};
	return frame_queue_init(&peer->answers, memory, size);
}

/* The frame itself, back to its sender; the rest is the caller's to change. NULL: no room. */
static uint8_t *answer_begin(struct peer *peer, const struct frame *to)
{
	struct frame *frame = frame_queue_reserve(&peer->answers, to->size);
	uint8_t *bytes;

	if (!frame) {
		peer->counters.dropped_full++;
		return NULL;
	}
	frame->offload = (struct frame_offload){0};
	frame->arrives = to->arrives + peer->config.think;
	bytes = frame_queue_bytes(frame);
	memcpy(bytes, to->bytes, to->size);
	frame_checksum(to, bytes);
	memcpy(bytes, to->bytes + ETHERNET_SOURCE, MAC_BYTES);
	memcpy(bytes + ETHERNET_SOURCE, peer->config.mac, MAC_BYTES);
	return bytes;
}

static void answer_end(struct peer *peer)
{
	frame_queue_commit(&peer->answers);
}

static bool hear_arp(struct peer *peer, struct heard *h)
{
	const uint8_t *request = h->frame->bytes + h->at;
	uint8_t *arp;

	if (get64(request) != (ARP_KIND | ARP_REQUEST) ||
	    get32(request + ARP_TARGET + MAC_BYTES) != peer->config.address)
		return false;
	peer->counters.arp++;
	arp = answer_begin(peer, h->frame);
	if (!arp)
		return true;
	arp += h->at;
	put16(arp + ARP_OPERATION, ARP_REPLY);
	memcpy(arp + ARP_SENDER, peer->config.mac, MAC_BYTES);
	put32(arp + ARP_SENDER + MAC_BYTES, peer->config.address);
	memcpy(arp + ARP_TARGET, request + ARP_SENDER, MAC_BYTES + 4);
	answer_end(peer);
	return true;
}

/* An IP packet's addresses the other way round, which changes no checksum. */
static void swap_addresses(uint8_t *ip)
{
	uint32_t source = get32(ip + IP4_SOURCE);

	put32(ip + IP4_SOURCE, get32(ip + IP4_DESTINATION));
	put32(ip + IP4_DESTINATION, source);
}

static bool hear_icmp(struct peer *peer, const struct heard *h, uint32_t ip)
{
	const uint8_t *icmp = h->frame->bytes + h->at;
	uint8_t *bytes;

	if (h->size < ICMP_BYTES || icmp[0] != ICMP_ECHO || icmp[1] != 0 ||
	    checksum_fold(checksum_add(0, icmp, h->size)) != 0xffff)
		return false;
	peer->counters.icmp++;
	bytes = answer_begin(peer, h->frame);
	if (!bytes)
		return true;
	swap_addresses(bytes + ip);
	bytes += h->at;
	bytes[0] = ICMP_ECHO_REPLY;
	put16(bytes + ICMP_CHECKSUM, 0);
	checksum_store(bytes + ICMP_CHECKSUM, checksum_add(0, bytes, h->size));
	answer_end(peer);
	return true;
}

static bool udp_echo(struct peer *peer, const struct heard *h, uint32_t ip)
{
	uint8_t *bytes = answer_begin(peer, h->frame);
	const uint8_t *udp = h->frame->bytes + h->at;

	peer->counters.echoed++;
	if (!bytes)
		return true;
	swap_addresses(bytes + ip);
	memcpy(bytes + h->at + UDP_SOURCE, udp + UDP_DESTINATION, 2);
	memcpy(bytes + h->at + UDP_DESTINATION, udp + UDP_SOURCE, 2);
	answer_end(peer);
	return true;
}

static bool udp_discard(struct peer *peer, const struct heard *h, uint32_t ip)
{
	(void)ip;
	peer->counters.discarded++;
	peer->counters.discarded_bytes += h->frame->size;
	return true;
}

static bool udp_source(struct peer *peer, const struct heard *h, uint32_t ip)
{
	const uint8_t *bytes = h->frame->bytes;

	if (h->size < UDP_BYTES + 16)
		return false;
	peer->counters.started++;
	peer_start_source(peer, h->frame, bytes + ip, bytes + h->at);
	return true;
}

/* Sum right, absent (RFC 768), or the sender's card's to make. */
static bool udp_in_order(const struct heard *h, const uint8_t *ip)
{
	const uint8_t *udp = h->frame->bytes + h->at;
	uint64_t sum = checksum_add_number(checksum_add_number(0, PROTOCOL_UDP), h->size);

	if (get16(udp + UDP_CHECKSUM) == 0 ||
	    (h->frame->offload.checksum && h->frame->offload.checksum_start == h->at))
		return true;
	sum = checksum_add(sum, ip + IP4_SOURCE, 8);
	return checksum_fold(checksum_add(sum, udp, h->size)) == 0xffff;
}

static bool hear_udp(struct peer *peer, struct heard *h, uint32_t ip)
{
	static const struct {
		uint16_t port;
		bool (*serve)(struct peer *peer, const struct heard *h, uint32_t ip);
	} services[] = {
		{PEER_ECHO, udp_echo},
		{PEER_DISCARD, udp_discard},
		{PEER_SOURCE, udp_source},
	};
	const uint8_t *udp = h->frame->bytes + h->at;
	uint32_t length;

	if (h->size < UDP_BYTES || (length = get16(udp + UDP_LENGTH)) < UDP_BYTES ||
	    length > h->size)
		return false;
	h->size = length;
	if (!udp_in_order(h, h->frame->bytes + ip))
		return false;
	for (unsigned i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (services[i].port == get16(udp + UDP_DESTINATION))
			return services[i].serve(peer, h, ip);
	return false;
}

/* A whole packet to the peer; the rest of the frame is padding. */
static bool hear_ip4(struct peer *peer, struct heard *h)
{
	const uint8_t *ip = h->frame->bytes + h->at;
	uint32_t at = h->at, header = (ip[0] & 0xfu) * 4, size = get16(ip + IP4_LENGTH);

	if (ip[0] >> 4 != 4 || header < IP4_BYTES || size < header || size > h->size ||
	    (get16(ip + IP4_FRAGMENT) & IP4_IN_FRAGMENTS) ||
	    get32(ip + IP4_DESTINATION) != peer->config.address ||
	    checksum_fold(checksum_add(0, ip, header)) != 0xffff)
		return false;
	h->at += header;
	h->size = size - header;
	switch (ip[IP4_PROTOCOL]) {
	case PROTOCOL_ICMP:
		return hear_icmp(peer, h, at);
	case PROTOCOL_UDP:
		return hear_udp(peer, h, at);
	}
	return false;
}

static bool is_for(const struct peer *peer, const struct frame *frame)
{
	uint64_t to = get_mac(frame->bytes);

	return (to == get_mac(peer->config.mac) || to == BROADCAST) &&
	       !(get_mac(frame->bytes + ETHERNET_SOURCE) & MULTICAST) && frame->size >= FRAME_MIN &&
	       frame->offload.gso == FRAME_GSO_NONE;
}

void peer_hear(struct peer *peer, const struct frame *frame)
{
	struct heard h = {frame, ETHERNET_BYTES, frame->size - ETHERNET_BYTES};
	bool understood = false;

	peer->counters.frames++;
	if (is_for(peer, frame)) {
		if (get16(frame->bytes + ETHERNET_TYPE) == ETHERTYPE_ARP)
			understood = hear_arp(peer, &h);
		else if (get16(frame->bytes + ETHERNET_TYPE) == ETHERTYPE_IP4)
			understood = hear_ip4(peer, &h);
	}
	if (!understood)
		peer->counters.ignored++;
}
