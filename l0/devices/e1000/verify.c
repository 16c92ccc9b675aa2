// SPDX-License-Identifier: Apache-2.0
#include "devices/e1000/internal.h"

#include "devices/net/checksum.h"
#include "devices/net/packet.h"

/* Checksums of received frames (8254x manual, 3.2.9): what is no TCP or UDP over IP is not looked
 * at, nor are fragments and extension headers. */
#define UDP_CHECKSUM 6
#define UDP_BYTES    8

/* What the pseudo header needs, and where the fourth layer is. */
struct l4 {
	const uint8_t *bytes;
	uint32_t size;
	uint64_t pseudo;
	uint8_t protocol;
};

static void conclude(struct e1000 *e, bool good, uint8_t checked, uint8_t error)
{
	e->rx.status |= checked;
	if (!good)
		e->rx.errors |= error;
}

static bool parse_ip4(struct e1000 *e, const uint8_t *ip, uint32_t size, struct l4 *l4)
{
	uint32_t header, length;

	if (size < IP4_BYTES || ip[0] >> 4 != 4)
		return false;
	header = (ip[0] & 15) * 4u;
	length = get16(ip + IP4_LENGTH);
	if (header < IP4_BYTES || length < header || length > size)
		return false;
	if (e->reg[REG_RXCSUM] & RXCSUM_IPOFL)
		conclude(e, checksum_fold(checksum_add(0, ip, header)) == 0xffff, RX_IPCS, RX_IPE);
	*l4 = (struct l4){ip + header, length - header, checksum_add(0, ip + IP4_SOURCE, 8),
			  ip[IP4_PROTOCOL]};
	return (get16(ip + IP4_FRAGMENT) & IP4_IN_FRAGMENTS) == 0;
}

static bool parse_ip6(struct e1000 *e, const uint8_t *ip, uint32_t size, struct l4 *l4)
{
	uint32_t length;

	if (!(e->reg[REG_RXCSUM] & RXCSUM_IPV6OFL) || size < IP6_BYTES || ip[0] >> 4 != 6)
		return false;
	length = get16(ip + IP6_LENGTH);
	if (length > size - IP6_BYTES)
		return false;
	*l4 = (struct l4){ip + IP6_BYTES, length, checksum_add(0, ip + IP6_SOURCE, 32),
			  ip[IP6_NEXT]};
	return true;
}

static bool parse(struct e1000 *e, const uint8_t *bytes, uint32_t size, struct l4 *l4)
{
	uint32_t ip = ETHERNET_BYTES;

	if (get16(bytes + ip - 2) == e->reg[REG_VET])
		ip += ETHERNET_TAG;
	switch (get16(bytes + ip - 2)) {
	case ETHERTYPE_IP4:
		return parse_ip4(e, bytes + ip, size - ip, l4);
	case ETHERTYPE_IP6:
		return parse_ip6(e, bytes + ip, size - ip, l4);
	default:
		return false;
	}
}

/* A sender of UDP may leave the checksum out (RFC 768). */
static bool has_checksum(const struct l4 *l4)
{
	if (l4->protocol == PROTOCOL_UDP)
		return l4->size >= UDP_BYTES && get16(l4->bytes + UDP_CHECKSUM) != 0;
	return l4->protocol == PROTOCOL_TCP && l4->size >= TCP_BYTES;
}

static bool l4_good(const struct l4 *l4)
{
	uint64_t sum = checksum_add_number(l4->pseudo, l4->protocol);

	sum = checksum_add_number(sum, l4->size);
	return checksum_fold(checksum_add(sum, l4->bytes, l4->size)) == 0xffff;
}

void e1000_verify(struct e1000 *e, const uint8_t *bytes, uint32_t size, bool trusted)
{
	struct l4 l4;

	if (parse(e, bytes, size, &l4) && e->reg[REG_RXCSUM] & RXCSUM_TUOFL && has_checksum(&l4))
		conclude(e, trusted || l4_good(&l4), RX_TCPCS, RX_TCPE);
	if (!(e->rx.status & (RX_IPCS | RX_TCPCS)))
		e->rx.status |= RX_IXSM;
}
