// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "net_pair.h"

struct side side[2];
struct net_switch net_switch;

static void start_side(unsigned n, uint64_t want, unsigned pairs)
{
	struct side *s = &side[n];
	struct virtio_net_config config = {
		.pci.id = (uint16_t)(0x18 + 8 * n), .port = &s->port, .pairs = (uint8_t)pairs};
	const uint8_t mac[6] = {0x52, 0x54, 0, 0, 0, (uint8_t)(n + 1)};

	memcpy(s->mac, mac, 6);
	memcpy(config.filter.mac, mac, 6);
	ensure(switch_add_port(&net_switch, &s->port, s->queue, sizeof(s->queue)));
	virtio_net_init(&s->net, &config);
	ensure(pci_register(&host.p, &s->net.pci.function));
	driver_start(&s->driver, &s->net.pci.function, want, NET_BUFFERS);
	s->transmit = memory(80 << 10, 2);
}

void net_start(uint64_t want0, uint64_t want1, uint32_t bytes, unsigned pairs)
{
	host_start(true);
	switch_init(&net_switch, 1ull << 40);
	start_side(0, want0, pairs);
	start_side(1, want1, pairs);
	for (unsigned n = 0; n < 2; n++) {
		side[n].buffer_bytes = bytes;
		net_fill(&side[n], NET_RX);
	}
}

/* In two pieces, cut between the two bytes of the number of buffers. */
static void add_buffer(struct side *s, unsigned queue, uint64_t at)
{
	const struct piece p[2] = {{at, 11}, {at + 11, s->buffer_bytes - 11}};

	s->buffer[queue][ring_add(&s->driver, queue, p, 0, 2)] = at;
}

void net_fill(struct side *s, unsigned queue)
{
	while (s->driver.ring[queue].free_count >= 2)
		add_buffer(s, queue, memory(s->buffer_bytes, 1));
	ring_tell(&s->driver, queue);
}

void net_send(struct side *s, unsigned queue, const uint8_t header[NET_HEADER],
	      const uint8_t *bytes, uint32_t size, unsigned pieces)
{
	struct piece p[TABLE_MAX];
	uint32_t total = NET_HEADER + size, at = 0, written;
	uint16_t head;

	host_write(s->transmit, header, NET_HEADER);
	host_write(s->transmit + NET_HEADER, bytes, size);
	for (unsigned i = 0; i < pieces; i++) {
		uint32_t end = i + 1 == pieces ? total : total / pieces * (i + 1);

		p[i] = (struct piece){s->transmit + at, end - at};
		at = end;
	}
	head = ring_add(&s->driver, queue, p, pieces, 0);
	ring_tell(&s->driver, queue);
	host_advance(4000);
	ring_used(&s->driver, queue, &head, &written);
}

static uint64_t again(struct side *s, unsigned queue, uint16_t head)
{
	uint64_t at = s->buffer[queue][head];

	add_buffer(s, queue, at);
	return at;
}

/* The buffer goes back at once: what is in it is not touched before it is told. */
uint32_t net_receive_one(struct side *s, unsigned queue, uint8_t header[NET_HEADER], uint8_t *bytes)
{
	uint32_t used, size;
	uint16_t head, buffers;
	uint64_t at;

	if (!ring_used(&s->driver, queue, &head, &used))
		return 0;
	at = again(s, queue, head);
	ensure(used >= NET_HEADER);
	host_read(at, header, NET_HEADER);
	memcpy(&buffers, header + 10, 2);
	ensure(buffers >= 1);
	size = used - NET_HEADER;
	host_read(at + NET_HEADER, bytes, size);
	while (--buffers) {
		ensure(ring_used(&s->driver, queue, &head, &used));
		host_read(again(s, queue, head), bytes + size, used);
		size += used;
	}
	ring_event(&s->driver, queue, s->driver.ring[queue].seen);
	ring_tell(&s->driver, queue);
	return size;
}

uint8_t net_command(struct side *s, unsigned class, unsigned number, const void *data,
		    uint32_t size)
{
	uint8_t command[2] = {(uint8_t) class, (uint8_t)number}, answer = 0xee;
	unsigned queue = (s->driver.features & VIRTIO_BIT(22)) ? 2u * s->net.pairs : 2;
	const struct piece p[3] = {
		{s->transmit, 2}, {s->transmit + 2, size}, {s->transmit + 2 + size, 1}};
	uint32_t used;
	uint16_t head;

	host_write(s->transmit, command, 2);
	host_write(s->transmit + 2, data, size);
	host_write(s->transmit + 2 + size, &answer, 1);
	ring_add(&s->driver, queue, p, 2, 1);
	ring_tell(&s->driver, queue);
	ensure(ring_used(&s->driver, queue, &head, &used) && used == 1);
	host_read(s->transmit + 2 + size, &answer, 1);
	return answer;
}

uint32_t net_frame(uint8_t *bytes, const uint8_t to[6], const uint8_t from[6], uint32_t size)
{
	memcpy(bytes, to, 6);
	memcpy(bytes + 6, from, 6);
	bytes[12] = 0x88; /* for experiments */
	bytes[13] = 0xb5;
	for (uint32_t i = 14; i < size; i++)
		bytes[i] = (uint8_t)draw();
	return size;
}

static void put_be(uint8_t *at, uint32_t value, unsigned bytes)
{
	while (bytes--) {
		at[bytes] = (uint8_t)value;
		value >>= 8;
	}
}

uint32_t net_sum(uint32_t start, const uint8_t *at, uint32_t size)
{
	uint32_t s = start;

	for (uint32_t i = 0; i < size; i++)
		s += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

uint32_t net_pseudo(const uint8_t *ip, uint32_t tcp_bytes)
{
	return net_sum(6 + tcp_bytes, ip + 12, 8);
}

uint32_t net_tcp_frame(uint8_t *bytes, const uint8_t to[6], const uint8_t from[6], uint32_t payload)
{
	uint32_t size = net_frame(bytes, to, from, NET_TCP_HEADERS + payload);
	uint8_t *ip = bytes + 14, *tcp = ip + 20;

	put_be(bytes + 12, 0x0800, 2);
	memset(ip, 0, 20);
	ip[0] = 0x45;
	put_be(ip + 2, size - 14, 2);
	ip[8] = 64;
	ip[9] = 6;
	put_be(ip + 12, 0x0a000001, 4);
	put_be(ip + 16, 0x0a000002, 4);
	put_be(ip + 10, ~net_sum(0, ip, 20), 2);
	tcp[12] = 0x50;
	tcp[13] = 0x18;
	put_be(tcp + 16, net_pseudo(ip, size - 34), 2);
	return size;
}

static bool plugged;

static void plug(struct pci_function *f, uint64_t now)
{
	(void)now;
	virtio_net_set_link((struct virtio_net *)f, plugged);
}

void net_plug(struct virtio_net *net, bool up)
{
	plugged = up;
	pci_work(&net->pci.function, plug, host.now);
}
