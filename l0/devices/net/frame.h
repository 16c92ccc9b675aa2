/* SPDX-License-Identifier: Apache-2.0 */
/* An Ethernet frame on its way, and what its sender left for others to do. */
#ifndef DEVICES_NET_FRAME_H
#define DEVICES_NET_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#define FRAME_MIN 60    /* bytes without checksum; shorter ones are padded by the sender */
#define FRAME_MTU 1514  /* header and payload */
#define FRAME_MAX 65550 /* one that is to be cut into segments: header, tag and 64 KiB */
#define MAC_BYTES 6

enum frame_gso {
	FRAME_GSO_NONE,
	FRAME_GSO_TCP4,
	FRAME_GSO_TCP6,
};

/*
 * Offload, in the terms of virtio 1.2, 5.1.6.2: the sum over [checksum_start, end) goes to
 * checksum_start + checksum_offset, where the pseudo header's already stands; a large frame stands
 * for segments of gso_size bytes of payload, each behind a header of header_size bytes.
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
 * Does the offload fit the frame: every place inside of it, a size of segments that is not 0? What
 * a guest says of its frame is checked by this before anything else looks at it.
 */
bool frame_valid(const struct frame *frame);

/* Of how many segments it stands, 1 for a plain one; and bytes on a wire, all headers, gaps and
 * sums. */
unsigned frame_segments(const struct frame *frame);
uint64_t frame_wire_bytes(const struct frame *frame);

/* Completes the checksum in @bytes, which are those of @frame: for who does not take partial ones.
 */
void frame_checksum(const struct frame *frame, uint8_t *bytes);

/*
 * Segment @n of a large frame into @bytes (at most header_size + gso_size of them): lengths,
 * identifiers, sequence numbers, flags and checksums as a network card's segmentation has them.
 * Returns its size.
 */
uint32_t frame_segment(const struct frame *frame, unsigned n, uint8_t *bytes);

#endif
