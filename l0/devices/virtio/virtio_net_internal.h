/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the network device alone; all under the function's lock. */
#ifndef DEVICES_VIRTIO_VIRTIO_NET_INTERNAL_H
#define DEVICES_VIRTIO_VIRTIO_NET_INTERNAL_H

#include "devices/virtio/virtio.h"
#include "devices/virtio/virtio_net.h"

/* Features, 5.1.3. */
#define NET_F_CSUM           0
#define NET_F_GUEST_CSUM     1
#define NET_F_GUEST_OFFLOADS 2
#define NET_F_MTU            3
#define NET_F_MAC            5
#define NET_F_GUEST_TSO4     7
#define NET_F_GUEST_TSO6     8
#define NET_F_HOST_TSO4      11
#define NET_F_HOST_TSO6      12
#define NET_F_MRG_RXBUF      15
#define NET_F_STATUS         16
#define NET_F_CTRL_VQ        17
#define NET_F_CTRL_RX        18
#define NET_F_CTRL_VLAN      19
#define NET_F_CTRL_RX_EXTRA  20
#define NET_F_MQ             22
#define NET_F_CTRL_MAC       23

/* What a driver that takes all can be given, and may change later. */
#define NET_OFFLOADS                                                                               \
	(VIRTIO_BIT(NET_F_GUEST_CSUM) | VIRTIO_BIT(NET_F_GUEST_TSO4) | VIRTIO_BIT(NET_F_GUEST_TSO6))

/* Before each frame, 5.1.6. */
struct net_header {
	uint8_t flags, gso;
	uint16_t header_size, gso_size;
	uint16_t checksum_start, checksum_offset;
	uint16_t buffers;
};

#define NET_HEADER     VIRTIO_NET_HEADER
#define NET_NEEDS_CSUM 1
#define NET_GSO_NONE   0
#define NET_GSO_TCP4   1
#define NET_GSO_TCP6   4
#define NET_STATUS_UP  1

_Static_assert(sizeof(struct net_header) == NET_HEADER, "as with VERSION_1");

/* 5.1.4 */
struct net_config {
	uint8_t mac[MAC_BYTES];
	uint16_t status;
	uint16_t pairs;
	uint16_t mtu;
};

static inline struct virtio_net *net_of(struct virtio_pci *v)
{
	return (struct virtio_net *)v;
}

static inline uint8_t *net_bytes(struct virtio_net *net)
{
	return net->packet + NET_HEADER;
}

/*
 * Frames of one call and queue, each segment of a large one counted. One of the fabric is inside
 * the bus meanwhile, and who invalidates a translation waits for it: it comes again at once.
 */
static inline unsigned net_budget(const struct virtio_net *net)
{
	return net->pci.function.polled ? 8 : 32;
}

/* Sends what the queue has. */
void net_transmit(struct virtio_net *net, unsigned queue);

/* Receives what has arrived, as long as there are buffers. */
void net_receive(struct virtio_net *net);

/* Answers the commands of the control queue. */
void net_control(struct virtio_net *net, unsigned queue);

/* What the driver wants anew, from the features; and what of it the switch can do, to the switch.
 */
void net_mode_reset(struct virtio_net *net);
void net_mode_apply(struct virtio_net *net);

/* Does the driver want it? */
bool net_wanted(const struct virtio_net *net, const uint8_t *frame);

/* Pairs of queues follow the flow: who sends from one end receives at the same. 5.1.6.5.6 */
void net_flow_sent(struct virtio_net *net, const struct frame *frame, unsigned pair);
unsigned net_flow_pair(const struct virtio_net *net, const struct frame *frame);

#endif
