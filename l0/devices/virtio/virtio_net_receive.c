// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "devices/virtio/virtio_net_internal.h"
#include "lib/string.h"

/* Bytes as the driver gets them, behind a header. */
struct packet {
	struct net_header header;
	const uint8_t *bytes;
	uint32_t size;
};

enum outcome { RECEIVED, NO_BUFFERS, NO_USE };

/* A chain, if need be after a last look: from then on a buffer is worth a kick. */
static bool take(struct virtqueue *q, struct virtqueue_chain *chain)
{
	return virtqueue_take(q, chain) || (virtqueue_rest(q) && virtqueue_take(q, chain));
}

/* Into the first buffer: the header, and as much of the packet as it takes. */
static bool put_first(struct virtqueue_chain *chain, const struct packet *p, uint32_t *done)
{
	uint8_t *room = virtqueue_room(chain, NET_HEADER + p->size);

	if (room) {
		memcpy(room, &p->header, NET_HEADER);
		memcpy(room + NET_HEADER, p->bytes, p->size);
		*done = p->size;
		return true;
	}
	if (!virtqueue_write(chain, &p->header, NET_HEADER))
		return false;
	*done = p->size < chain->write.left ? p->size : chain->write.left;
	return virtqueue_write(chain, p->bytes, *done);
}

/* The number of buffers in the header, which was 1; its two bytes may lie apart. */
static void set_buffers(struct virtqueue *q, const uint64_t place[2], uint16_t buffers)
{
	const uint8_t *bytes = (const uint8_t *)&buffers;

	for (unsigned i = 0; i < 2; i++)
		if (!pci_dma_write(q->common->function, place[i], bytes + i, 1))
			virtqueue_break(q);
}

/* What a packet has taken so far. */
struct progress {
	uint32_t bytes;
	uint32_t descriptors;
	uint16_t chains;
};

static bool put_chain(struct virtqueue *q, const struct virtqueue_chain *chain, struct progress *at)
{
	at->descriptors += chain->segments;
	at->chains++;
	return virtqueue_put(q, chain->head, chain->written);
}

/*
 * The rest of a packet over further buffers, 5.1.6.4. For what a whole ring of them does not hold
 * there is no use in waiting.
 */
static enum outcome put_rest(struct virtqueue *q, struct virtqueue_chain *chain,
			     const struct packet *p, struct progress *at)
{
	while (at->bytes < p->size) {
		uint32_t bytes = p->size - at->bytes;

		if (!take(q, chain))
			return at->descriptors >= q->size ? NO_USE : NO_BUFFERS;
		bytes = bytes < chain->write.left ? bytes : chain->write.left;
		if (!virtqueue_write(chain, p->bytes + at->bytes, bytes) ||
		    !put_chain(q, chain, at))
			return NO_USE;
		at->bytes += bytes;
	}
	return RECEIVED;
}

static enum outcome put_merged(struct virtqueue *q, struct virtqueue_chain *chain,
			       const struct packet *p)
{
	const uint32_t count = offsetof(struct net_header, buffers);
	struct progress at = {0};
	uint64_t place[2] = {0};
	enum outcome outcome;

	for (unsigned i = 0; i < 2 && p->size > chain->write.left - NET_HEADER; i++)
		place[i] = virtqueue_place(chain, count + i);
	if (!put_first(chain, p, &at.bytes) || !put_chain(q, chain, &at))
		return NO_USE;
	outcome = put_rest(q, chain, p, &at);
	if (outcome != RECEIVED)
		virtqueue_rewind(q, at.chains, at.chains);
	else if (at.chains > 1)
		set_buffers(q, place, at.chains);
	return outcome;
}

/* A buffer that is too short for what it must hold waits for a shorter frame. */
static enum outcome put_packet(struct virtio_net *net, unsigned queue, const struct packet *p)
{
	struct virtqueue *q = &net->pci.queue[queue];
	struct virtqueue_chain *chain = &net->pci.chain;
	bool merge = virtio_has(&net->pci, NET_F_MRG_RXBUF);
	uint32_t done;

	if (!take(q, chain))
		return NO_BUFFERS;
	if (chain->write.left < NET_HEADER + (merge ? 0 : p->size)) {
		virtqueue_rewind(q, 1, 0);
		return NO_USE;
	}
	net->touched |= 1u << queue;
	if (merge)
		return put_merged(q, chain, p);
	if (!put_first(chain, p, &done) || !virtqueue_put(q, chain->head, chain->written))
		return NO_USE;
	return RECEIVED;
}

static const struct {
	uint8_t feature, gso;
} large[] = {
	[FRAME_GSO_NONE] = {NET_F_GUEST_CSUM, NET_GSO_NONE},
	[FRAME_GSO_TCP4] = {NET_F_GUEST_TSO4, NET_GSO_TCP4},
	[FRAME_GSO_TCP6] = {NET_F_GUEST_TSO6, NET_GSO_TCP6},
};

/* Does the driver take the frame as it is? */
static bool takes_whole(const struct virtio_net *net, const struct frame_offload *o)
{
	if (!o->checksum && o->gso == FRAME_GSO_NONE)
		return true;
	return net->offloads & VIRTIO_BIT(large[o->gso].feature);
}

static void whole(const struct frame *frame, struct packet *p)
{
	const struct frame_offload *o = &frame->offload;

	p->bytes = frame->bytes;
	p->size = frame->size;
	if (!o->checksum)
		return;
	p->header.flags = NET_NEEDS_CSUM;
	p->header.checksum_start = o->checksum_start;
	p->header.checksum_offset = o->checksum_offset;
	p->header.gso = large[o->gso].gso;
	p->header.gso_size = o->gso_size;
	p->header.header_size = o->header_size;
}

/* The next packet of the frame; true if it is the last. */
static bool next_packet(struct virtio_net *net, const struct frame *frame, struct packet *p)
{
	*p = (struct packet){.header.buffers = 1};
	if (takes_whole(net, &frame->offload)) {
		whole(frame, p);
		return true;
	}
	p->bytes = net_bytes(net);
	p->size = frame_segment(frame, net->segment, net_bytes(net));
	return net->segment + 1 >= frame_segments(frame);
}

static void finish(struct virtio_net *net)
{
	net->segment = 0;
	switch_taken(net->port);
}

/* One packet of the port's first frame. False: there is no buffer, or the device broke. */
static bool receive(struct virtio_net *net, const struct frame *frame)
{
	unsigned pair = net_flow_pair(net, frame);
	struct packet packet;
	bool last;
	enum outcome outcome;

	if (!net_wanted(net, frame->bytes)) {
		net->counters.filtered++;
		finish(net);
		return true;
	}
	last = next_packet(net, frame, &packet);
	outcome = put_packet(net, 2 * pair, &packet);
	if (outcome == NO_BUFFERS)
		return false;
	net->counters.received += outcome == RECEIVED;
	net->counters.too_long += outcome == NO_USE;
	if (last)
		finish(net);
	else
		net->segment++;
	return virtio_ready(&net->pci);
}

void net_receive(struct virtio_net *net)
{
	const struct frame *frame = NULL;
	unsigned budget = net_budget(net);
	bool goes_on = true;

	for (unsigned n = 0; n < budget && goes_on; n++) {
		frame = switch_next(net->port, net->pci.function.now);
		if (!frame)
			break;
		goes_on = receive(net, frame);
	}
	net->waiting = !goes_on;
	net->counters.starved += !goes_on;
	for (; net->touched; net->touched &= net->touched - 1)
		virtio_done(&net->pci, (unsigned)__builtin_ctz(net->touched));
}
