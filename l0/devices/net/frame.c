// SPDX-License-Identifier: Apache-2.0
#include "devices/net/frame.h"
#include "devices/net/checksum.h"
#include "lib/string.h"

/* Preamble and start of the frame, check sequence, gap between two (IEEE 802.3, 4.2.3 and 4.4.2).
 */
#define WIRE_EXTRA (8 + 4 + 12)

static bool checksum_fits(const struct frame *f, uint32_t ethernet)
{
	const struct frame_offload *o = &f->offload;

	return o->checksum_start >= ethernet &&
	       (uint32_t)o->checksum_start + o->checksum_offset + 2 <= f->size;
}

/* Is a packet of IP version 4 without fragments at @ip, with a header of @size and TCP behind it?
 */
static bool tcp_in_ip4(const uint8_t *ip, uint32_t size)
{
	return size >= IP4_BYTES && size % 4 == 0 && ip[0] == (0x40 | size / 4) &&
	       ip[IP4_PROTOCOL] == PROTOCOL_TCP &&
	       (get16(ip + IP4_FRAGMENT) & IP4_IN_FRAGMENTS) == 0;
}

/* The same for version 6. Extension headers are the sender's affair: he says where TCP is. */
static bool tcp_in_ip6(const uint8_t *ip, uint32_t size)
{
	return ip[0] >> 4 == 6 && (size == IP6_BYTES ? ip[IP6_NEXT] == PROTOCOL_TCP
						     : size > IP6_BYTES && size % 8 == 0);
}

uint16_t frame_header_size(const struct frame *f)
{
	uint32_t tcp = f->offload.checksum_start, ip, header;
	unsigned type;
	bool fits;

	if (f->size < tcp + TCP_BYTES || tcp < ETHERNET_BYTES + ETHERNET_TAG)
		return 0;
	ip = ETHERNET_BYTES + packet_tag(f->bytes);
	type = get16(f->bytes + ip - 2);
	if (f->offload.gso == FRAME_GSO_TCP4)
		fits = type == ETHERTYPE_IP4 && tcp_in_ip4(f->bytes + ip, tcp - ip);
	else
		fits = type == ETHERTYPE_IP6 && tcp_in_ip6(f->bytes + ip, tcp - ip);
	header = tcp + (f->bytes[tcp + TCP_OFFSET] >> 4) * 4u;
	fits = fits && header >= tcp + TCP_BYTES && header <= f->size && header <= FRAME_MTU;
	return fits ? (uint16_t)header : 0;
}

static bool large_fits(const struct frame *f, uint32_t ethernet)
{
	const struct frame_offload *o = &f->offload;
	uint32_t header = frame_header_size(f);

	return o->gso <= FRAME_GSO_TCP6 && o->checksum && o->checksum_offset == TCP_CHECKSUM &&
	       header && o->header_size == header && header < f->size && o->gso_size &&
	       header + o->gso_size <= FRAME_MTU - ETHERNET_BYTES + ethernet &&
	       f->size - ethernet <= 0xffff;
}

bool frame_valid(const struct frame *f)
{
	uint32_t ethernet;

	if (f->size < ETHERNET_BYTES)
		return false;
	ethernet = ETHERNET_BYTES + packet_tag(f->bytes);
	if (f->size < ethernet || (f->offload.checksum && !checksum_fits(f, ethernet)))
		return false;
	if (f->offload.gso != FRAME_GSO_NONE)
		return large_fits(f, ethernet);
	return f->size <= FRAME_MTU - ETHERNET_BYTES + ethernet;
}

unsigned frame_segments(const struct frame *f)
{
	const struct frame_offload *o = &f->offload;

	if (o->gso == FRAME_GSO_NONE)
		return 1;
	return (f->size - o->header_size + o->gso_size - 1) / o->gso_size;
}

static uint64_t wire_bytes(uint32_t size)
{
	return (size < FRAME_MIN ? FRAME_MIN : size) + WIRE_EXTRA;
}

uint64_t frame_wire_bytes(const struct frame *f)
{
	const struct frame_offload *o = &f->offload;
	unsigned whole = frame_segments(f) - 1;

	if (whole == 0)
		return wire_bytes(f->size);
	return whole * wire_bytes((uint32_t)o->header_size + o->gso_size) +
	       wire_bytes(f->size - whole * o->gso_size);
}

void frame_checksum(const struct frame *f, uint8_t *bytes)
{
	const struct frame_offload *o = &f->offload;
	uint8_t *at = bytes + o->checksum_start;
	uint64_t sum;

	if (!o->checksum)
		return;
	sum = checksum_add(0, at, f->size - o->checksum_start);
	/* Of the two ways to write zero UDP takes one alone (RFC 768), and nobody minds that one.
	 */
	checksum_store(at + o->checksum_offset, checksum_fold(sum) == 0xffff ? 0 : sum);
}

uint32_t frame_pad(uint8_t *bytes, uint32_t size)
{
	if (size >= FRAME_MIN)
		return size;
	memset(bytes + size, 0, FRAME_MIN - size);
	return FRAME_MIN;
}
