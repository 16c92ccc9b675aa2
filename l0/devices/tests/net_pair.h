/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICES_TESTS_NET_PAIR_H
#define DEVICES_TESTS_NET_PAIR_H

#include "devices/virtio/virtio_net.h"
#include "driver.h"

/* Two network devices on one switch, each with a driver; side 0 and side 1. */
#define NET_RX      0
#define NET_TX      1
#define NET_HEADER  12
#define NET_QUEUE   (1u << 20)
#define NET_BUFFERS 64

struct side {
	struct virtio_net net;
	struct switch_port port;
	struct driver driver;
	uint8_t mac[6];
	uint8_t queue[NET_QUEUE] __attribute__((aligned(64)));
	uint64_t transmit;                            /* memory for what is sent */
	uint64_t buffer[VIRTIO_QUEUES_MAX][RING_MAX]; /* of the receive rings, by head */
	uint32_t buffer_bytes;
};

extern struct side side[2];
extern struct net_switch net_switch;

/* Features that the two drivers want; buffers of @bytes. */
void net_start(uint64_t want0, uint64_t want1, uint32_t bytes, unsigned pairs);

/* Fills a receive ring with buffers of s->buffer_bytes, and tells. */
void net_fill(struct side *s, unsigned queue);

/* A frame with a header of virtio's, in @pieces pieces; it is sent when this returns. */
void net_send(struct side *s, unsigned queue, const uint8_t header[NET_HEADER],
	      const uint8_t *bytes, uint32_t size, unsigned pieces);

/* The next received packet of a queue, its header apart: its size, 0 if there is none. */
uint32_t net_receive_one(struct side *s, unsigned queue, uint8_t header[NET_HEADER],
			 uint8_t *bytes);

/* A command of the control queue: its answer, 0 is OK. */
uint8_t net_command(struct side *s, unsigned class, unsigned number, const void *data,
		    uint32_t size);

/* An Ethernet frame of random payload from one side to an address: its size. */
uint32_t net_frame(uint8_t *bytes, const uint8_t to[6], const uint8_t from[6], uint32_t size);

/* TCP in it, with @payload bytes of that, and its checksum left for others. */
#define NET_TCP_HEADERS 54u /* Ethernet, IP, TCP without options */
uint32_t net_tcp_frame(uint8_t *bytes, const uint8_t to[6], const uint8_t from[6],
		       uint32_t payload);

/* RFC 1071, byte by byte; and of TCP's pseudo header. */
uint32_t net_sum(uint32_t start, const uint8_t *at, uint32_t size);
uint32_t net_pseudo(const uint8_t *ip, uint32_t tcp_bytes);

/* The cable of this device, as somebody who holds its lock pulls it. */
void net_plug(struct virtio_net *net, bool up);

#endif
