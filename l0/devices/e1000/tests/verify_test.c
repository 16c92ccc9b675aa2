// SPDX-License-Identifier: Apache-2.0
#include "driver.h"
#include "suites.h"

#include <string.h>

static uint8_t bytes[FRAME_MTU + ETHERNET_TAG];

static void seen(uint32_t size, uint8_t status, uint8_t errors)
{
	const uint8_t *d;

	other_send_bytes(bytes, size);
	advance(5000);
	d = driver_next();
	ck_assert_ptr_nonnull(d);
	ck_assert_uint_eq(d[RX_STATUS] & (RX_IXSM | RX_IPCS | RX_TCPCS), status);
	ck_assert_uint_eq(d[RX_ERRORS], errors);
	driver_taken();
}

START_TEST(checksums)
{
	uint32_t size = make_tcp(bytes, bench_mac, other_mac, 333);

	bench_start();
	driver_start(RCTL_SECRC);
	seen(size, RX_IXSM, 0);
	set(AT_RXCSUM, RXCSUM_IPOFL | RXCSUM_TUOFL);
	seen(size, RX_IPCS | RX_TCPCS, 0);
	bytes[100] ^= 1;
	seen(size, RX_IPCS | RX_TCPCS, RX_TCPE);
	bytes[ETHERNET_BYTES + 8] ^= 1;
	seen(size, RX_IPCS | RX_TCPCS, RX_TCPE | RX_IPE);
	set(AT_RXCSUM, RXCSUM_IPOFL);
	seen(size, RX_IPCS, RX_IPE);
	set(AT_RXCSUM, RXCSUM_TUOFL);
	seen(size, RX_TCPCS, RX_TCPE);
	/* A fragment, an UDP packet without a sum, a length that lies: not looked at. */
	size = make_tcp(bytes, bench_mac, other_mac, 333);
	bytes[ETHERNET_BYTES + IP4_FRAGMENT] = 0x20;
	seen(size, RX_IXSM, 0);
	size = make_tcp(bytes, bench_mac, other_mac, 333);
	bytes[ETHERNET_BYTES + IP4_PROTOCOL] = PROTOCOL_UDP;
	put16(bytes + TCP_AT + 6, 0);
	seen(size, RX_IXSM, 0);
	size = make_tcp(bytes, bench_mac, other_mac, 333);
	put16(bytes + ETHERNET_BYTES + IP4_LENGTH, size);
	seen(size, RX_IXSM, 0);
}
END_TEST

START_TEST(packet_checksum)
{
	uint32_t sum = 0;
	uint8_t *at;

	bench_start();
	driver_start(RCTL_SECRC);
	set(AT_RXCSUM, 14);
	make_frame(bytes, bench_mac, other_mac, 186);
	other_send_bytes(bytes, 200);
	advance(5000);
	at = (uint8_t *)(uintptr_t)driver_next() + RX_CHECKSUM;
	for (unsigned i = 14; i < 200; i += 2)
		sum += get16(bytes + i);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	ck_assert_uint_eq((uint16_t)(at[0] | at[1] << 8), (uint16_t)~sum);
}
END_TEST

/* The checksum of the words in [from, size), and of @sum. */
static uint16_t checksum(uint32_t from, uint32_t size, uint32_t sum)
{
	for (; from < size; from += 2)
		sum += get16(bytes + from);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~((sum & 0xffff) + (sum >> 16));
}

/* What make_tcp() makes, over version 6, without a tag or with one. */
static uint32_t make_tcp6(uint32_t payload, bool tag)
{
	uint32_t ip = ETHERNET_BYTES + (tag ? ETHERNET_TAG : 0), tcp = ip + IP6_BYTES;
	uint32_t length = TCP_BYTES + payload, size = tcp + length;

	make_frame(bytes, bench_mac, other_mac, size - ETHERNET_BYTES);
	put16(bytes + ETHERNET_TYPE, ETHERTYPE_TAG);
	put16(bytes + ip - 2, ETHERTYPE_IP6);
	bytes[ip] = 0x60;
	put16(bytes + ip + IP6_LENGTH, length);
	bytes[ip + IP6_NEXT] = PROTOCOL_TCP;
	put16(bytes + tcp + TCP_CHECKSUM, 0);
	put16(bytes + tcp + TCP_CHECKSUM, checksum(ip + IP6_SOURCE, size, PROTOCOL_TCP + length));
	return size;
}

START_TEST(version6)
{
	uint32_t size;

	bench_start();
	driver_start(RCTL_SECRC);
	for (unsigned tag = 0; tag < 2; tag++) {
		size = make_tcp6(400, tag);
		set(AT_RXCSUM, RXCSUM_IPOFL | RXCSUM_TUOFL);
		seen(size, RX_IXSM, 0);
		set(AT_RXCSUM, RXCSUM_TUOFL | RXCSUM_IPV6OFL);
		seen(size, RX_TCPCS, 0);
		bytes[size - 1] ^= 1;
		seen(size, RX_TCPCS, RX_TCPE);
		bytes[ETHERNET_BYTES + tag * ETHERNET_TAG + IP6_LENGTH] ^=
			8; /* longer than it is */
		seen(size, RX_IXSM, 0);
	}
}
END_TEST

START_TEST(udp)
{
	uint32_t size = make_tcp(bytes, bench_mac, other_mac, 80);

	bench_start();
	driver_start(RCTL_SECRC);
	set(AT_RXCSUM, RXCSUM_TUOFL);
	bytes[ETHERNET_BYTES + IP4_PROTOCOL] = PROTOCOL_UDP;
	put16(bytes + TCP_AT + 6, 0);
	put16(bytes + TCP_AT + 6,
	      checksum(ETHERNET_BYTES + IP4_SOURCE, size, PROTOCOL_UDP + TCP_BYTES + 80));
	seen(size, RX_TCPCS, 0);
	bytes[size - 1] ^= 1;
	seen(size, RX_TCPCS, RX_TCPE);
}
END_TEST

TCase *verify_tests(void)
{
	TCase *t = tcase_create("checksums of received frames");

	tcase_add_test(t, checksums);
	tcase_add_test(t, packet_checksum);
	tcase_add_test(t, version6);
	tcase_add_test(t, udp);
	return t;
}
