// SPDX-License-Identifier: Apache-2.0
#include "devices/virtio/virtio_net_internal.h"
#include "lib/string.h"

/* 5.1.6.2: a large one needs its checksum, and what was not negotiated is not there. */
static bool gso_from(const struct virtio_net *net, const struct net_header *h, struct frame *frame)
{
	unsigned needs = h->gso == NET_GSO_TCP4 ? NET_F_HOST_TSO4 : NET_F_HOST_TSO6;

	if (h->gso == NET_GSO_NONE)
		return true;
	if ((h->gso != NET_GSO_TCP4 && h->gso != NET_GSO_TCP6) || !virtio_has(&net->pci, needs) ||
	    !frame->offload.checksum)
		return false;
	frame->offload.gso = h->gso == NET_GSO_TCP4 ? FRAME_GSO_TCP4 : FRAME_GSO_TCP6;
	frame->offload.gso_size = h->gso_size;
	frame->offload.header_size = frame_header_size(frame);
	return true;
}

/* What the header says; frame_valid() looks at whether it fits the frame. */
static bool offload_from(const struct virtio_net *net, const struct net_header *h,
			 struct frame *frame)
{
	if (h->flags & NET_NEEDS_CSUM) {
		frame->offload.checksum = true;
		frame->offload.checksum_start = h->checksum_start;
		frame->offload.checksum_offset = h->checksum_offset;
	}
	if (frame->offload.checksum && !virtio_has(&net->pci, NET_F_CSUM))
		return false;
	return gso_from(net, h, frame);
}

/* From a copy: the driver may change its own at any time. */
static void send(struct virtio_pci *v, unsigned queue, struct virtqueue_chain *chain)
{
	struct virtio_net *net = net_of(v);
	uint32_t size = chain->read.left;
	struct frame frame = {.bytes = net_bytes(net), .size = size - NET_HEADER};
	struct net_header header;
	bool good = size >= NET_HEADER && frame.size <= FRAME_MAX &&
		    virtqueue_read(chain, net->packet, size);

	memcpy(&header, net->packet, NET_HEADER);
	good = good && offload_from(net, &header, &frame) && frame_valid(&frame);
	virtqueue_put(&v->queue[queue], chain->head, 0);
	if (!good) {
		net->counters.bad++;
		return;
	}
	net->counters.sent++;
	net_flow_sent(net, &frame, queue / 2);
	switch_send(net->port, &frame, v->function.now);
}

void net_transmit(struct virtio_net *net, unsigned queue)
{
	virtio_drain(&net->pci, queue, net_budget(net), send);
}
