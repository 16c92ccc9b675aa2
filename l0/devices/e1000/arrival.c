// SPDX-License-Identifier: Apache-2.0
#include "devices/e1000/internal.h"

#include "devices/net/checksum.h"
#include "devices/net/packet.h"
#include "lib/string.h"

/* On the wire, without RCTL.LPE (8254x manual, 13.4, RCTL). */
#define LONGEST 1522

/*
 * The packet checksum (8254x manual, 3.2.3.2 and 3.2.9): the complement of the sum from PCSS on, as
 * a number.
 */
static uint16_t packet_checksum(const struct e1000 *e, const uint8_t *bytes, uint32_t size)
{
	uint32_t start = e->reg[REG_RXCSUM] & RXCSUM_PCSS;
	uint64_t sum = start < size ? checksum_add(0, bytes + start, size - start) : 0;

	return (uint16_t)~__builtin_bswap16(checksum_fold(sum));
}

static void add_part(struct e1000_receive *rx, unsigned n, const uint8_t *bytes, uint32_t size)
{
	rx->part[n] = (struct e1000_part){bytes, size};
	rx->size += size;
}

/* In one part, or without its tag in two: that goes into the descriptor (8254x manual, 9.3). */
static void add_frame(struct e1000 *e, const uint8_t *bytes, uint32_t size)
{
	struct e1000_receive *rx = &e->rx;
	uint32_t rest = ETHERNET_TYPE + ETHERNET_TAG;

	rx->tag = 0;
	if (!(e->reg[REG_CTRL] & CTRL_VME) || get16(bytes + ETHERNET_TYPE) != e->reg[REG_VET]) {
		add_part(rx, 0, bytes, size);
		add_part(rx, 1, bytes, 0);
		return;
	}
	rx->tag = get16(bytes + ETHERNET_BYTES);
	rx->status |= RX_VP;
	add_part(rx, 0, bytes, ETHERNET_TYPE);
	add_part(rx, 1, bytes + rest, size - rest);
}

/* That of the frame as it stands in memory, which is what a driver can hold it against. */
static void add_sequence(struct e1000 *e)
{
	struct e1000_receive *rx = &e->rx;
	uint32_t crc = 0;

	for (unsigned n = 0; e->config.check_sequence && n < 2; n++)
		crc = e1000_check_sequence(crc, rx->part[n].bytes, rx->part[n].size);
	memcpy(rx->sequence, &crc, FCS_BYTES);
	add_part(rx, 2, rx->sequence, e->reg[REG_RCTL] & RCTL_SECRC ? 0 : FCS_BYTES);
}

static bool taken(struct e1000 *e, const uint8_t *bytes, uint32_t size)
{
	enum e1000_match match = e1000_match(e, bytes);

	e1000_count_seen(e, size);
	if (match == E1000_NO_MATCH)
		return false;
	if (size + FCS_BYTES > LONGEST && !(e->reg[REG_RCTL] & RCTL_LPE)) {
		e1000_count(e, STAT_ROC, 1);
		return false;
	}
	e->rx.status = match == E1000_INEXACT ? RX_PIF : 0;
	return true;
}

bool e1000_arrival_open(struct e1000 *e, const struct frame *frame, unsigned n)
{
	struct e1000_receive *rx = &e->rx;
	bool made = frame->offload.checksum || frame->offload.gso != FRAME_GSO_NONE;
	const uint8_t *bytes = made || frame->size < FRAME_MIN ? rx->bytes : frame->bytes;
	uint32_t size = frame->size;

	if (bytes == rx->bytes)
		size = frame_segment(frame, n, rx->bytes);
	if (!taken(e, bytes, size))
		return false;
	rx->size = rx->stored = 0;
	rx->errors = 0;
	add_frame(e, bytes, size);
	add_sequence(e);
	e1000_verify(e, bytes, size, made);
	rx->checksum = packet_checksum(e, bytes, size);
	e1000_count_received(e, bytes, size);
	rx->open = true;
	return true;
}
