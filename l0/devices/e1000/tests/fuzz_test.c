// SPDX-License-Identifier: Apache-2.0
#include "driver.h"
#include "suites.h"

#include <string.h>

/* Anything may be written anywhere: the sanitizers and the invariants are the judges. */
#define ROUNDS 400000

static uint8_t bytes[FRAME_MAX];

static const uint16_t offsets[] = {
#define REG(offset, name, reset, writable, read, write) offset,
#include "devices/e1000/registers.def"
#undef REG
#define STAT(offset, name, clears) offset,
#include "devices/e1000/statistics.def"
#undef STAT
	AT_MTA, AT_VFTA, AT_RAL, AT_RAH, AT_RAL + 8, AT_RAH + 8,
};

static uint32_t some_offset(void)
{
	if (draw() % 16 == 0)
		return (uint32_t)(draw() % 0x20000) & ~3u;
	return offsets[draw() % (sizeof(offsets) / sizeof(offsets[0]))];
}

static uint32_t some_value(void)
{
	switch (draw() % 4) {
	case 0:
		return (uint32_t)draw();
	case 1:
		return 1u << draw() % 32;
	case 2:
		return (uint32_t)(draw() % RING);
	default:
		return (uint32_t)(draw() % BENCH_RAM);
	}
}

static void registers(void)
{
	uint32_t offset = some_offset();

	if (draw() % 3 == 0)
		get(offset);
	else if (draw() % 8 == 0)
		io_set((uint32_t)draw(), some_value());
	else
		set(offset, some_value());
}

static void bare_access(void)
{
	static const unsigned sizes[] = {1, 2, 4, 8};
	unsigned size = sizes[draw() % 4];
	uint64_t at = b.e.function.bar[0].base + (draw() % (0x20000 - 8)), value;

	at &= ~(uint64_t)(size - 1);
	if (draw() % 2)
		ensure(pci_mmio_write(&b.p, 0, at, size, draw(), b.now));
	else
		ensure(pci_mmio_read(&b.p, 0, at, size, &value, b.now));
}

/* A descriptor of anything, mostly within RAM and of a size that makes sense. */
static uint64_t some_address(void)
{
	return draw() % 8 ? draw() % BENCH_RAM : draw();
}

static uint32_t some_lower(void)
{
	uint32_t lower = (uint32_t)draw() & 0xfff00000;

	return lower | (uint32_t)(draw() % 8 ? draw() % 2000 : draw() & 0xfffff);
}

static void descriptors(void)
{
	for (unsigned i = 0; i < 8; i++) {
		uint64_t half = (uint64_t)draw() << 32 | some_lower(), address = some_address();
		uint64_t at = (draw() % 2 ? TX_RING : RX_RING) + draw() % RING * 16;

		memcpy(b.ram + at, &address, 8);
		memcpy(b.ram + at + 8, &half, 8);
	}
	set(draw() % 2 ? AT_TDT : AT_RDT, (uint32_t)(draw() % RING));
}

/* A large packet that may well be right. */
static void large(void)
{
	uint32_t size = make_tcp(bytes, other_mac, bench_mac, (uint32_t)(draw() % 1900));
	uint64_t ip = 14 | 24 << 8 | 33 << 16, l4 = 34 | 50 << 8;
	uint32_t junk = draw() % 4 ? 0 : (uint32_t)draw();

	driver_put_raw((ip | l4 << 32) ^ (junk & 0x0101), TX_DEXT | TX_TSE | TX_IP4 | TX_TCP,
		       (uint32_t)(draw() % 1500) << 16 | ((54u << 8) ^ (junk & 0x100)));
	driver_put(bytes, TX_DEXT | TX_TYPE_DATA | TX_TSE | TX_EOP | TX_IFCS | (junk & 0x7f000000),
		   TX_IXSM | TX_TXSM, size);
	set(AT_TDT, driver.tx_next);
}

static void others(void)
{
	struct frame frame = {.bytes = bytes};
	bool is_large = draw() % 4 == 0;

	frame.size = make_tcp(bytes, draw() % 4 ? bench_mac : other_mac, other_mac,
			      (uint32_t)(draw() % (is_large ? 40000 : 1460)));
	if (draw() % 4 == 0)
		bytes[12 + draw() % 40] ^= (uint8_t)draw();
	if (is_large)
		frame.offload = (struct frame_offload){true,       FRAME_GSO_TCP4,
						       TCP_HEADER, (uint16_t)(1 + draw() % 1460),
						       TCP_AT,     16};
	else if (draw() % 2)
		frame.offload = (struct frame_offload){
			.checksum = true, .checksum_start = TCP_AT, .checksum_offset = 16};
	other_send(&frame);
}

/* Now and then all is as it should be, or memory goes away. */
static void seldom(void)
{
	switch (draw() % 64) {
	case 0:
		b.broken = false;
		driver_start((uint32_t)draw() & 0x0607ff1c);
		break;
	case 1:
		b.broken = draw() % 8 == 0;
		break;
	case 2:
		config_set(4, 2, 3 | (draw() % 4 ? 4 : 0));
		break;
	case 3:
		config_set(b.e.function.msi + 2, 2, draw() % 2);
		break;
	case 4:
		config_set(b.e.function.power + 4, 2, 3);
		config_set(b.e.function.power + 4, 2, 0);
		config_set(4, 2, 7);
		break;
	}
	while (other_next()) {
		ensure(frame_valid(other_next()));
		other_taken();
	}
}

static void invariants(void)
{
	const struct e1000 *e = &b.e;

	ensure(e->tx.size <= FRAME_MAX);
	ensure(e->rx.stored <= e->rx.size);
	ensure(!e->rx.open || e->rx.size <= FRAME_SEGMENT_MAX + 4);
	ensure(b.e.eeprom.count <= 25);
	ensure(!(e->function.pin && !(e->reg[REG_ICR] & e->reg[REG_IMS])));
	ensure(e->function.due > b.now || e->function.due == b.now);
}

START_TEST(anything)
{
	static void (*const what[])(void) = {registers,   registers, registers, bare_access,
					     descriptors, large,     others,    seldom};
	uint64_t sent = 0, received = 0;

	bench_start();
	driver_start(0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		what[draw() % 8]();
		invariants();
		advance(draw() % 3000);
		sent += b.port.counters.sent_frames > sent;
		received += b.e.rx.stored != 0;
	}
	/* It was no fuzz of a dead card. */
	ensure(b.port.counters.sent_frames > 1000 && received > 1000 && b.interrupts > 100);
}
END_TEST

TCase *fuzz_tests(void)
{
	TCase *t = tcase_create("anything anywhere");

	tcase_set_timeout(t, 240);
	tcase_add_test(t, anything);
	return t;
}
