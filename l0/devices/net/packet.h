/* SPDX-License-Identifier: Apache-2.0 */
/* Where things are in a packet (RFC 791, 793, 768, 8200; IEEE 802.3, 802.1Q), in its byte order. */
#ifndef DEVICES_NET_PACKET_H
#define DEVICES_NET_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#define MAC_BYTES       6
#define ETHERNET_SOURCE 6
#define ETHERNET_TYPE   12
#define ETHERNET_BYTES  14
#define ETHERNET_TAG    4 /* before the type: 8100H, then priority and VLAN */
#define ETHERNET_MIN    60
#define TAG_VLAN        0xfff
#define ETHERTYPE_IP4   0x0800
#define ETHERTYPE_ARP   0x0806
#define ETHERTYPE_TAG   0x8100
#define ETHERTYPE_IP6   0x86dd

#define IP4_LENGTH       2
#define IP4_ID           4
#define IP4_FRAGMENT     6
#define IP4_NO_FRAGMENTS 0x4000
#define IP4_IN_FRAGMENTS 0x3fff /* more of them, or not the first */
#define IP4_PROTOCOL     9
#define IP4_CHECKSUM     10
#define IP4_SOURCE       12
#define IP4_DESTINATION  16
#define IP4_BYTES        20
#define IP6_LENGTH       4
#define IP6_NEXT         6
#define IP6_SOURCE       8
#define IP6_BYTES        40
#define PROTOCOL_ICMP    1
#define PROTOCOL_TCP     6
#define PROTOCOL_UDP     17

#define ARP_KIND      0x0001080006040000u /* Ethernet, IPv4, 6 and 4 bytes; an operation */
#define ARP_OPERATION 6
#define ARP_REQUEST   1
#define ARP_REPLY     2
#define ARP_SENDER    8 /* MAC, then IP */
#define ARP_TARGET    18

#define ICMP_CHECKSUM   2
#define ICMP_BYTES      8
#define ICMP_ECHO       8
#define ICMP_ECHO_REPLY 0

#define UDP_SOURCE      0
#define UDP_DESTINATION 2
#define UDP_LENGTH      4
#define UDP_CHECKSUM    6
#define UDP_BYTES       8

#define TCP_SEQUENCE 4
#define TCP_OFFSET   12 /* of its data, in the upper half of the byte, in words */
#define TCP_FLAGS    13
#define TCP_FIN      0x01
#define TCP_PSH      0x08
#define TCP_CWR      0x80
#define TCP_CHECKSUM 16
#define TCP_BYTES    20

static inline uint16_t get16(const uint8_t *bytes)
{
	uint16_t value;

	__builtin_memcpy(&value, bytes, sizeof(value));
	return __builtin_bswap16(value);
}

static inline void put16(uint8_t *bytes, uint32_t value)
{
	uint16_t swapped = __builtin_bswap16((uint16_t)value);

	__builtin_memcpy(bytes, &swapped, sizeof(swapped));
}

static inline uint32_t get32(const uint8_t *bytes)
{
	uint32_t value;

	__builtin_memcpy(&value, bytes, sizeof(value));
	return __builtin_bswap32(value);
}

static inline void put32(uint8_t *bytes, uint32_t value)
{
	uint32_t swapped = __builtin_bswap32(value);

	__builtin_memcpy(bytes, &swapped, sizeof(swapped));
}

static inline uint64_t get64(const uint8_t *bytes)
{
	return (uint64_t)get32(bytes) << 32 | get32(bytes + 4);
}

static inline uint64_t get_mac(const uint8_t *bytes)
{
	return (uint64_t)get16(bytes) << 32 | get32(bytes + 2);
}

/* Bytes of a tag in a frame of at least ETHERNET_BYTES: ETHERNET_TAG or 0. */
static inline uint32_t packet_tag(const uint8_t *bytes)
{
	return get16(bytes + ETHERNET_TYPE) == ETHERTYPE_TAG ? ETHERNET_TAG : 0;
}

#endif
