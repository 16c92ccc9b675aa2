// SPDX-License-Identifier: Apache-2.0
#include "devices/e1000/internal.h"

#include "devices/net/checksum.h"

/*
 * Checksums and segmentation (8254x manual, 3.5 and 3.6). A checksum that reaches to the frame's
 * end is left to who wants it, a large frame to who wants segments: struct frame_offload.
 */
struct range {
	uint32_t start, end; /* one past the last byte, 0: the frame's end */
	uint32_t place;      /* of the checksum */
};

static void insert(const struct frame *frame, uint8_t *bytes, const struct range *r)
{
	uint32_t end = r->end && r->end < frame->size ? r->end : frame->size;

	if (r->start < end && r->place + 2 <= frame->size)
		checksum_store(bytes + r->place, checksum_add(0, bytes + r->start, end - r->start));
}

static void insert_or_leave(struct frame *frame, uint8_t *bytes, const struct range *r)
{
	bool whole = r->end == 0 || r->end >= frame->size;

	if (!whole || r->place < r->start || r->start < ETHERNET_BYTES + packet_tag(bytes) ||
	    r->place + 2 > frame->size) {
		insert(frame, bytes, r);
		return;
	}
	frame->offload.checksum = true;
	frame->offload.checksum_start = (uint16_t)r->start;
	frame->offload.checksum_offset = (uint16_t)(r->place - r->start);
}

/* One past the last byte of a context's range. */
static uint32_t past(uint16_t last)
{
	return last ? last + 1u : 0;
}

static void checksums(const struct e1000_context *c, uint32_t options, struct frame *frame,
		      uint8_t *bytes)
{
	struct range ip = {c->ip_start, past(c->ip_end), c->ip_offset};
	struct range l4 = {c->l4_start, past(c->l4_end), c->l4_offset};

	if (options & TX_IXSM)
		insert(frame, bytes, &ip);
	if (options & TX_TXSM)
		insert_or_leave(frame, bytes, &l4);
}

/* The driver has left lengths and sums of the headers to the card (8254x manual, 3.5.4 and 3.5.8).
 */
static bool segmentation(const struct e1000_context *c, struct frame *frame, uint8_t *bytes)
{
	frame->offload = (struct frame_offload){
		.checksum = true,
		.gso = c->command & TX_IP4 ? FRAME_GSO_TCP4 : FRAME_GSO_TCP6,
		.header_size = c->header,
		.gso_size = c->mss,
		.checksum_start = c->l4_start,
		.checksum_offset = (uint16_t)(c->l4_offset - c->l4_start),
	};
	if (!(c->command & TX_TCP) || c->l4_offset < c->l4_start || !frame_valid(frame))
		return false;
	frame_large_headers(frame, bytes);
	if (frame_segments(frame) == 1)
		frame->offload.gso = FRAME_GSO_NONE;
	return true;
}

/* CSO and CSS, of the last descriptor. */
static void legacy(const struct e1000_descriptor *last, struct frame *frame, uint8_t *bytes)
{
	struct range range = {
		.start = last->upper >> 8 & 0xff,
		.place = last->lower >> 16 & 0xff,
	};

	if (last->lower & TX_IC)
		insert_or_leave(frame, bytes, &range);
}

bool e1000_offload(const struct e1000 *e, const struct e1000_descriptor *last, struct frame *frame,
		   uint8_t *bytes)
{
	const struct e1000_descriptor *first = &e->tx.first;
	bool segments = (first->lower & TX_TSE) != 0;

	if (!(first->lower & TX_DEXT)) {
		legacy(last, frame, bytes);
		return true;
	}
	if (segments)
		return segmentation(&e->tx.context[1], frame, bytes);
	checksums(&e->tx.context[0], first->upper, frame, bytes);
	return true;
}
