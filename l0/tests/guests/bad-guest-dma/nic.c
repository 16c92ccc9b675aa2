// SPDX-License-Identifier: Apache-2.0
// The machine's NIC, whichever it has, by a driver that writes anything anywhere; and one that
// sends while another processor is interrupted by pins.
#include "pci.h"
#include "smp.h"

#define SCRATCH                                                                                    \
	0x3000000ULL /* a MiB for rings and what they name: nothing else of ours is there          \
		      */
#define ROUNDS 4000

#define CLASS_NETWORK 0x0200U
#define E1000         0x100e8086U

/* Places in BAR 0 of an 82540EM, its manual's 13. */
enum e1000 {
	TCTL = 0x400,
	CTRL = 0,
	TDBAL = 0x3800,
	TDBAH = 0x3804,
	TDLEN = 0x3808,
	TDH = 0x3810,
	TDT = 0x3818,
};

static uint32_t function;
static uint64_t base;
static uint64_t state;

static bool nic_begin(void)
{
	for (function = 8; function < 0x200; function += 8)
		if (pci_read(function, PCI_CLASS) >> 16 == CLASS_NETWORK)
			break;
	if (function == 0x200) {
		skip("no NIC");
		return false;
	}
	base = pci_read(function, PCI_BAR0) & ~15U;
	if (option("vf") && pci_extended(function, PCI_EXT_IOV))
		function = pci_virtual(function, &base);
	pci_enable(function);
	return true;
}

static uint64_t draw(void)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return state >> 20;
}

static uint64_t scratch(void)
{
	return SCRATCH + (draw() & 0xffff0);
}

/* Beyond RAM, of devices, or far from all. */
static uint64_t elsewhere(void)
{
	return 0xb0000000 | draw() << (draw() % 3 * 8);
}

/* Descriptors of whatever kind: 8 bytes of address, 8 of the rest. */
static void fill_scratch(void)
{
	for (uint64_t at = SCRATCH; at < SCRATCH + 0x10000; at += 16) {
		volatile uint64_t *word = (volatile uint64_t *)at;

		word[0] = draw() % 8 ? scratch() : elsewhere();
		word[1] = draw() % 2 ? draw() << 32 | draw() : draw() & 0xff0003f0fff;
	}
}

/* What is an address stays away from our own memory. */
static bool is_address(uint32_t at)
{
	if (pci_read(function, PCI_ID) == E1000)
		return (at & 0xeff8) == 0x2800;
	return at >= 0x20 && at < 0x38;
}

static uint32_t value_for(uint32_t at)
{
	if (is_address(at))
		return at & 4 ? draw() % 8 == 0 : (uint32_t)(draw() % 4 ? scratch() : elsewhere());
	switch (draw() % 4) {
	case 0:
		return (uint32_t)draw();
	case 1:
		return 1U << draw() % 32;
	default:
		return (uint32_t)draw() & 0xff;
	}
}

/* Places that drivers write to, and any. The table of messages has tests of its own. */
static uint32_t place(void)
{
	static const uint32_t likely[] = {0x00,   0x04,   0x08,   0x0c,   0x14,   0x16,   0x18,
					  0x1c,   0x20,   0x28,   0x30,   0x100,  0x400,  0x2800,
					  0x2808, 0x2810, 0x2818, 0x3000, 0x3004, 0x3800, 0x3808,
					  0x3810, 0x3818, 0xd0,   0xd8};

	return draw() % 4 ? likely[draw() % ARRAY_SIZE(likely)] : (uint32_t)draw() & 0x3ffc;
}

static void write_one(void)
{
	uint32_t at = place(), value = value_for(at);

	switch (draw() % 4) {
	case 0:
		*(volatile uint8_t *)(base + at) = (uint8_t)value;
		break;
	case 1:
		*(volatile uint16_t *)(base + at) = (uint16_t)value;
		break;
	default:
		*(volatile uint32_t *)(base + at) = value;
	}
}

TEST(nic_registers)
{
	if (!nic_begin())
		return;
	state = option_number("seed", 1);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		if (i % 256 == 0)
			fill_scratch();
		if (i % 1000 == 999 && pci_capability(function, PCI_CAP_EXPRESS)) {
			uint32_t bar = pci_read(function, PCI_BAR0);

			pci_reset(function);
			pci_write(function, PCI_BAR0, bar);
			pci_write(function, PCI_COMMAND, PCI_MEMORY | PCI_MASTER);
		}
		write_one();
	}
	pci_write(function, PCI_COMMAND, 0);
	spend(1000000);
	pci_write(function, PCI_COMMAND, PCI_MEMORY);
	check("it is there", pci_read(function, PCI_CLASS) >> 16 == CLASS_NETWORK);
}

/* ---- frames, and pins of the IOAPIC: two ways through the bus that cross ---- */

#define FRAMES     6000
#define DATA_BYTES 60
/* End of packet, insert FCS, report: 82540EM manual, 3.3.3.1. */
#define COMMAND (0xbULL << 24)

static void put(uint32_t at, uint32_t value)
{
	*(volatile uint32_t *)(base + at) = value;
}

/* Who has 10.0.0.2? What is behind the wire answers, and so wakes this end of it. */
static const uint8_t request[DATA_BYTES] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0,  0, 0, 0, 1, 8, 6, 0, 1, 8, 0,  6, 4, 0,
	1,    2,    0,    0,    0,    0,    1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2,
};

static void set_up_ring(void)
{
	volatile uint64_t *ring = (volatile uint64_t *)SCRATCH;
	volatile uint8_t *frame = (volatile uint8_t *)SCRATCH + 0x1000;

	for (unsigned int i = 0; i < DATA_BYTES; i++)
		frame[i] = request[i];
	for (unsigned int i = 0; i < 8; i++) {
		ring[2 * i] = SCRATCH + 0x1000;
		ring[2 * i + 1] = COMMAND | DATA_BYTES;
	}
	put(CTRL, 1U << 26); /* reset */
	put(CTRL, 1U << 6);  /* link up */
	put(TDBAL, SCRATCH);
	put(TDBAH, 0);
	put(TDLEN, 128);
	put(TDH, 0);
	put(TDT, 0);
	put(TCTL, 0xa); /* on, short frames are padded */
}

static volatile uint32_t frames;

static void send_frames(void)
{
	for (uint32_t n = 1; n <= FRAMES; n++) {
		put(TDT, n % 8);
		frames = n;
	}
}

/* The UART asks for an interrupt each time that its own are turned on: pin 4. */
static void pin_storm(void)
{
	volatile uint32_t *select = (volatile uint32_t *)0xfec00000ULL, *window = select + 4;

	outb(0x3fc, 8); /* its pin is let out */
	sti();
	*select = 0x11 + 2 * 4;
	*window = 0;
	*select = 0x10 + 2 * 4;
	*window = 0x54;
	for (uint64_t start = rdtsc(); frames < FRAMES && rdtsc() - start < 200000000;) {
		outb(0x3f9, 2);
		outb(0x3f9, 0);
	}
	*window = 1U << 16;
	cli();
}

TEST(frames_and_pins)
{
	if (!smp_begin() || !nic_begin())
		return;
	if (pci_read(function, PCI_ID) != E1000) {
		skip("no 82540EM");
		return;
	}
	set_up_ring();
	frames = 0;
	run_on(1, send_frames);
	pin_storm();
	check_eq("frames", FRAMES, frames);
	check("interrupts", irq_count[0x54] > FRAMES / 10);
	check("done", wait_for(1));
}
