// SPDX-License-Identifier: Apache-2.0
#include "devices/net/checksum.h"
#include "devices/net/frame.h"
#include "lib/string.h"

/* The headers of a frame of @size bytes that stands in for segments, or is one. */
struct headers {
	uint8_t *ip, *tcp;
	uint32_t ip_size; /* from there to the end of the frame */
	uint32_t tcp_size;
	bool version6;
};

static struct headers headers_of(const struct frame *f, uint8_t *bytes, uint32_t size)
{
	uint32_t ip = ETHERNET_BYTES + packet_tag(bytes), tcp = f->offload.checksum_start;

	return (struct headers){
		.ip = bytes + ip,
		.tcp = bytes + tcp,
		.ip_size = size - ip,
		.tcp_size = size - tcp,
		.version6 = f->offload.gso == FRAME_GSO_TCP6,
	};
}

static void set_ip(const struct headers *h, unsigned n)
{
	if (h->version6) {
		put16(h->ip + IP6_LENGTH, h->ip_size - IP6_BYTES);
		return;
	}
	put16(h->ip + IP4_LENGTH, h->ip_size);
	put16(h->ip + IP4_ID, get16(h->ip + IP4_ID) + n);
	put16(h->ip + IP4_CHECKSUM, 0);
	checksum_store(h->ip + IP4_CHECKSUM, checksum_add(0, h->ip, (uint32_t)(h->tcp - h->ip)));
}

/* Addresses, protocol and length (RFC 793, 3.1; RFC 8200, 8.1). */
static uint64_t pseudo_header(const struct headers *h)
{
	uint64_t sum = checksum_add_number(0, PROTOCOL_TCP);

	sum = checksum_add_number(sum, h->tcp_size);
	return h->version6 ? checksum_add(sum, h->ip + IP6_SOURCE, 32)
			   : checksum_add(sum, h->ip + IP4_SOURCE, 8);
}

void frame_large_headers(const struct frame *f, uint8_t *bytes)
{
	struct headers h = headers_of(f, bytes, f->size);

	set_ip(&h, 0);
	checksum_store_pseudo(h.tcp + TCP_CHECKSUM, pseudo_header(&h));
}

static void set_tcp(const struct frame *f, const struct headers *h, unsigned n)
{
	uint8_t *flags = h->tcp + TCP_FLAGS;

	put32(h->tcp + TCP_SEQUENCE, get32(h->tcp + TCP_SEQUENCE) + n * f->offload.gso_size);
	if (n > 0)
		*flags &= (uint8_t)~TCP_CWR;
	if (n + 1 < frame_segments(f))
		*flags &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	put16(h->tcp + TCP_CHECKSUM, 0);
	checksum_store(h->tcp + TCP_CHECKSUM, checksum_add(pseudo_header(h), h->tcp, h->tcp_size));
}

static uint32_t plain_segment(const struct frame *f, uint8_t *bytes)
{
	memcpy(bytes, f->bytes, f->size);
	frame_checksum(f, bytes);
	return frame_pad(bytes, f->size);
}

uint32_t frame_segment(const struct frame *f, unsigned n, uint8_t *bytes)
{
	uint32_t header = f->offload.header_size, at, payload;
	struct headers h;

	if (n >= frame_segments(f))
		return 0;
	if (f->offload.gso == FRAME_GSO_NONE)
		return plain_segment(f, bytes);
	at = header + n * f->offload.gso_size;
	payload = f->size - at < f->offload.gso_size ? f->size - at : f->offload.gso_size;
	memcpy(bytes, f->bytes, header);
	memcpy(bytes + header, f->bytes + at, payload);
	h = headers_of(f, bytes, header + payload);
	set_ip(&h, n);
	set_tcp(f, &h, n);
	return frame_pad(bytes, header + payload);
}
