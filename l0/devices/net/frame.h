/* SPDX-License-Identifier: Apache-2.0 */
/* An Ethernet frame on its way, and what its sender left for others to do. */
#ifndef DEVICES_NET_FRAME_H
#define DEVICES_NET_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/net/packet.h"

#define FRAME_MIN         ETHERNET_MIN /* without checksum; the switch pads shorter ones */
#define FRAME_MTU         1514         /* header and payload; a tag may come on top */
#define FRAME_SEGMENT_MAX (FRAME_MTU + ETHERNET_TAG)
/* One that is to be cut into segments: header, tag, and as much as IP can say. */
#define FRAME_MAX (ETHERNET_BYTES + ETHERNET_TAG + 0xffff)

enum frame_gso {
	FRAME_GSO_NONE,
	FRAME_GSO_TCP4,
	FRAME_GSO_TCP6,
};

/*
 * Offload, in the terms of virtio 1.2, 5.1.6.2: the sum over [checksum_start, end) goes to
 * checksum_start + checksum_offset, where the pseudo header's already stands; a large frame stands
 * for segments of gso_size bytes of payload, each behind a header of header_size bytes. Only its
 * addresses, sequence number and flags have to be right: frame_segment() makes the rest anew.
 */
struct frame_offload {
	bool checksum;
	uint8_t gso; /* enum frame_gso */
	uint16_t header_size;
	uint16_t gso_size;
	uint16_t checksum_start, checksum_offset;
};

struct frame {
	const uint8_t *bytes; /* from the destination address on, no frame check sequence */
	uint32_t size;
	struct frame_offload offload;
	uint64_t arrives; /* the devices' clock of who receives it */
};

/*
 * Does the offload fit the frame: every place inside of it, a size of segments that is not 0 and
 * gives none longer than a wire takes, TCP where it is said to be? What a guest says of its frame
 * is checked by this before anything else looks at it; the bytes are no longer the guest's to
 * change then.
 */
bool frame_valid(const struct frame *frame);

/*
 * Bytes before the payload of a large frame, by its own headers: what header_size has to be.
 * Drivers are not to be believed there (virtio 1.2, 5.1.6.2: "hint"). Needs gso and checksum_start,
 * where TCP begins. 0: no such TCP.
 */
uint16_t frame_header_size(const struct frame *frame);

/* Of how many segments it stands, 1 for a plain one; and bytes on a wire, all headers, gaps and
 * sums. Of a valid frame, as with all that follow. */
unsigned frame_segments(const struct frame *frame);
uint64_t frame_wire_bytes(const struct frame *frame);

/* Completes the checksum in @bytes, which are those of @frame: for who does not take partial ones.
 */
void frame_checksum(const struct frame *frame, uint8_t *bytes);

/*
 * Writes into @bytes, which are those of a large frame, the IP length and header checksum and the
 * pseudo header's sum that who takes large frames expects: for a sender whose driver leaves them to
 * the card (82540EM manual 3.5.4).
 */
void frame_large_headers(const struct frame *frame, uint8_t *bytes);

/*
 * Segment @n of a large frame into @bytes (at most FRAME_SEGMENT_MAX): lengths, identifiers,
 * sequence numbers, flags and checksums as a network card's segmentation has them. Segment 0 of a
 * plain frame is itself, its checksum complete. Returns its size, at least FRAME_MIN (padded); 0:
 * there is no such segment.
 */
uint32_t frame_segment(const struct frame *frame, unsigned n, uint8_t *bytes);

/* Zeros up to FRAME_MIN; returns the size then. */
uint32_t frame_pad(uint8_t *bytes, uint32_t size);

#endif
