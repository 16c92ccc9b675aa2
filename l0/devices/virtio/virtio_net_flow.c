// SPDX-License-Identifier: Apache-2.0
#include "devices/virtio/virtio_net_internal.h"

/* The same for both directions: what changes places is added. 0: no flow that has ports. */
static uint32_t hash(const struct frame *frame)
{
	const uint8_t *bytes = frame->bytes, *ip;
	uint32_t start = ETHERNET_BYTES + packet_tag(bytes), words, transport, sum = 0;
	bool four;

	if (frame->size < start + IP6_BYTES + 4)
		return 0;
	ip = bytes + start;
	four = get16(ip - 2) == ETHERTYPE_IP4;
	if (!four && get16(ip - 2) != ETHERTYPE_IP6)
		return 0;
	transport = four ? (ip[0] & 15u) * 4 : IP6_BYTES;
	words = four ? 2 : 8;
	for (uint32_t i = 0; i < words; i++)
		sum += get32(ip + (four ? IP4_SOURCE : IP6_SOURCE) + 4 * i);
	if (frame->size < start + transport + 4)
		return 0;
	sum += (uint32_t)get16(ip + transport) + get16(ip + transport + 2);
	return sum * 0x9e3779b1u >> 16;
}

void net_flow_sent(struct virtio_net *net, const struct frame *frame, unsigned pair)
{
	if (net->active > 1)
		net->flow[hash(frame) % VIRTIO_NET_FLOWS] = (uint8_t)pair;
}

unsigned net_flow_pair(const struct virtio_net *net, const struct frame *frame)
{
	unsigned pair = net->active > 1 ? net->flow[hash(frame) % VIRTIO_NET_FLOWS] : 0;

	return pair < net->active ? pair : 0;
}
