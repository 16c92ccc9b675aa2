// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <string.h>

struct driver driver;

static void rings(void)
{
	set(AT_TDBAL, TX_RING);
	set(AT_TDBAH, 0);
	set(AT_TDLEN, RING * 16);
	set(AT_TDH, 0);
	set(AT_TDT, 0);
	set(AT_RDBAL, RX_RING);
	set(AT_RDBAH, 0);
	set(AT_RDLEN, RING * 16);
	set(AT_RDH, 0);
	set(AT_RDT, 0);
}

static void write64(uint64_t at, uint64_t value)
{
	memcpy(b.ram + at, &value, sizeof(value));
}

void driver_offer(uint32_t tail)
{
	set(AT_RDT, tail);
}

void driver_start(uint32_t rctl)
{
	memset(&driver, 0, sizeof(driver));
	io_set(AT_CTRL, CTRL_RST);
	set(AT_CTRL, get(AT_CTRL) | CTRL_SLU);
	rings();
	for (uint32_t n = 0; n < RING; n++) {
		write64(RX_RING + n * 16, RX_BUFFERS + n * BUFFER);
		write64(RX_RING + n * 16 + 8, 0);
	}
	set(AT_TCTL, TCTL_EN | TCTL_PSP);
	set(AT_RCTL, RCTL_EN | RCTL_BAM | rctl);
	driver_offer(RING - 1);
	get(AT_ICR);
}

void driver_put_raw(uint64_t address, uint32_t lower, uint32_t upper)
{
	uint64_t at = TX_RING + driver.tx_next * 16;

	write64(at, address);
	write64(at + 8, (uint64_t)upper << 32 | lower);
	driver.tx_next = (driver.tx_next + 1) % RING;
}

void driver_put(const void *data, uint32_t lower, uint32_t upper, uint32_t size)
{
	uint32_t at = TX_BUFFERS + driver.tx_next * BUFFER;

	ensure(size <= BUFFER);
	memcpy(b.ram + at, data, size);
	driver_put_raw(at, lower | size, upper);
}

void driver_kick(void)
{
	set(AT_TDT, driver.tx_next);
}

void driver_send(const uint8_t *bytes, uint32_t size)
{
	driver_put(bytes, TX_EOP | TX_IFCS | TX_RS, 0, size);
	driver_kick();
}

uint8_t tx_status(uint32_t n)
{
	return b.ram[TX_RING + n * 16 + 12];
}

const uint8_t *driver_next(void)
{
	const uint8_t *descriptor = b.ram + RX_RING + driver.rx_next * 16;

	return descriptor[RX_STATUS] & RX_DD ? descriptor : NULL;
}

uint32_t driver_size(const uint8_t *descriptor)
{
	return descriptor[8] | (uint32_t)descriptor[9] << 8;
}

const uint8_t *driver_bytes(void)
{
	return b.ram + RX_BUFFERS + driver.rx_next * BUFFER;
}

void driver_taken(void)
{
	write64(RX_RING + driver.rx_next * 16 + 8, 0);
	driver_offer(driver.rx_next);
	driver.rx_next = (driver.rx_next + 1) % RING;
}

void make_frame(uint8_t *bytes, const uint8_t *to, const uint8_t *from, uint32_t size)
{
	memcpy(bytes, to, MAC_BYTES);
	memcpy(bytes + MAC_BYTES, from, MAC_BYTES);
	put16(bytes + ETHERNET_TYPE, 0x88b5); /* for experiments */
	for (uint32_t i = 0; i < size; i++)
		bytes[ETHERNET_BYTES + i] = (uint8_t)draw();
}

static uint32_t sum_of(const uint8_t *bytes, uint32_t size)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < size; i++)
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint32_t tcp_sum(const uint8_t *bytes, uint32_t size)
{
	return sum_of(bytes + ETHERNET_BYTES + IP4_SOURCE, 8) + PROTOCOL_TCP + (size - TCP_AT) +
	       sum_of(bytes + TCP_AT, size - TCP_AT);
}

uint32_t make_tcp(uint8_t *bytes, const uint8_t *to, const uint8_t *from, uint32_t payload)
{
	uint8_t *ip = bytes + ETHERNET_BYTES, *tcp = bytes + TCP_AT;
	uint32_t size = TCP_HEADER + payload;

	make_frame(bytes, to, from, size - ETHERNET_BYTES);
	put16(bytes + ETHERNET_TYPE, ETHERTYPE_IP4);
	ip[0] = 0x45;
	put16(ip + IP4_LENGTH, size - ETHERNET_BYTES);
	put16(ip + IP4_FRAGMENT, IP4_NO_FRAGMENTS);
	ip[IP4_PROTOCOL] = PROTOCOL_TCP;
	put16(ip + IP4_CHECKSUM, 0);
	put16(ip + IP4_CHECKSUM, (uint16_t)~fold(sum_of(ip, IP4_BYTES)));
	tcp[TCP_OFFSET] = 5 << 4;
	tcp[TCP_FLAGS] = 0x18;
	put16(tcp + TCP_CHECKSUM, 0);
	put16(tcp + TCP_CHECKSUM, (uint16_t)~fold(tcp_sum(bytes, size)));
	return size;
}

bool tcp_good(const uint8_t *bytes, uint32_t size)
{
	return fold(sum_of(bytes + ETHERNET_BYTES, IP4_BYTES)) == 0xffff &&
	       fold(tcp_sum(bytes, size)) == 0xffff &&
	       get16(bytes + ETHERNET_BYTES + IP4_LENGTH) == size - ETHERNET_BYTES;
}
