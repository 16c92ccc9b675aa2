// SPDX-License-Identifier: Apache-2.0
#include "packets.h"

#include <string.h>

static uint64_t state = 0x9e3779b97f4a7c15;

uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

uint32_t draw_below(uint32_t n)
{
	return (uint32_t)((draw() >> 16) % n);
}

uint16_t plain_checksum(uint16_t sum, const uint8_t *bytes, uint32_t size)
{
	uint32_t s = sum;

	for (uint32_t i = 0; i < size; i++) {
		s += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
		if (s > 0xffff)
			s -= 0xffff;
	}
	return (uint16_t)s;
}

static void put(struct written *w, uint64_t value, unsigned size)
{
	while (size--)
		w->bytes[w->size++] = (uint8_t)(value >> 8 * size);
}

static void put_bytes(struct written *w, const uint8_t *bytes, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		w->bytes[w->size++] = bytes ? bytes[i] : 1; /* a no-operation option */
}

static void set(struct written *w, uint32_t at, uint16_t value)
{
	w->bytes[at] = (uint8_t)(value >> 8);
	w->bytes[at + 1] = (uint8_t)value;
}

static void put_ip4(struct written *w, const struct packet *p, uint32_t inner)
{
	put(w, 0x40 | (20 + p->options) / 4, 1);
	put(w, 0, 1);
	put(w, 20 + p->options + inner, 2);
	put(w, p->id, 2);
	put(w, 0x4000, 2);
	put(w, 64, 1);
	put(w, p->protocol, 1);
	put(w, 0, 2);
	put_bytes(w, p->source, 4);
	put_bytes(w, p->destination, 4);
	put_bytes(w, NULL, p->options);
	set(w, w->ip + 10, (uint16_t)~plain_checksum(0, w->bytes + w->ip, w->size - w->ip));
}

static void put_ip6(struct written *w, const struct packet *p, uint32_t inner)
{
	put(w, 0x60000000, 4);
	put(w, p->extension + inner, 2);
	put(w, p->extension ? 60 : p->protocol, 1);
	put(w, 64, 1);
	put_bytes(w, p->source, 16);
	put_bytes(w, p->destination, 16);
	if (!p->extension)
		return;
	/* Destination options: who is next, length, and padding of one kind (RFC 8200, 4.2, 4.6).
	 */
	put(w, p->protocol, 1);
	put(w, p->extension / 8 - 1, 1);
	put(w, 1, 1);
	put(w, p->extension - 4, 1);
	for (uint32_t i = 4; i < p->extension; i++)
		put(w, 0, 1);
}

static void put_inner(struct written *w, const struct packet *p)
{
	put(w, p->source_port, 2);
	put(w, p->destination_port, 2);
	if (p->protocol == 17)
		return;
	put(w, p->sequence, 4);
	put(w, 0x12345678, 4);
	put(w, (20 + p->tcp_options) / 4 << 4, 1);
	put(w, p->flags, 1);
	put(w, 0xfedc, 2);
	put(w, 0, 4);
	put_bytes(w, NULL, p->tcp_options);
}

static void set_checksum(struct written *w, const struct packet *p)
{
	uint32_t addresses = p->version6 ? 16 : 4, size = w->size - w->inner;
	uint8_t rest[4] = {0, p->protocol, (uint8_t)(size >> 8), (uint8_t)size};
	uint16_t sum = plain_checksum(0, p->source, addresses);

	sum = plain_checksum(sum, p->destination, addresses);
	sum = plain_checksum(sum, rest, 4);
	sum = (uint16_t)~plain_checksum(sum, w->bytes + w->inner, size);
	set(w, w->inner + (p->protocol == 17 ? 6 : 16), p->protocol == 17 && !sum ? 0xffff : sum);
}

void write_packet(struct written *w, const struct packet *p, const uint8_t *payload,
		  uint32_t payload_size)
{
	uint32_t inner = payload_size + (p->protocol == 17 ? 8 : 20 + p->tcp_options);

	w->size = 0;
	put(w, p->to, 6);
	put(w, p->from, 6);
	if (p->tagged)
		put(w, 0x81000000u | p->tag, 4);
	put(w, p->version6 ? 0x86dd : 0x0800, 2);
	w->ip = w->size;
	if (p->version6)
		put_ip6(w, p, inner);
	else
		put_ip4(w, p, inner);
	w->inner = w->size;
	put_inner(w, p);
	if (p->protocol == 17)
		put(w, (uint64_t)inner << 16, 4);
	w->payload = w->size;
	put_bytes(w, payload, payload_size);
	set_checksum(w, p);
}

struct packet random_tcp(void)
{
	struct packet p = {
		.to = draw() >> 16 & ~(1ull << 40),
		.from = draw() >> 16 & ~(1ull << 40),
		.tagged = draw() & 1,
		.tag = (uint16_t)draw(),
		.version6 = draw() & 1,
		.protocol = 6,
		.id = (uint16_t)draw(),
		.source_port = (uint16_t)draw(),
		.sequence = (uint32_t)draw(),
		.flags = (uint8_t)draw(),
		.tcp_options = draw_below(11) * 4,
	};

	p.options = p.version6 ? 0 : draw_below(11) * 4;
	p.extension = p.version6 ? draw_below(3) * 8 : 0;
	for (unsigned i = 0; i < 16; i++) {
		p.source[i] = (uint8_t)(draw() >> 8);
		p.destination[i] = (uint8_t)(draw() >> 8);
	}
	return p;
}

void pad_written(struct written *w)
{
	while (w->size < 60)
		w->bytes[w->size++] = 0;
}
