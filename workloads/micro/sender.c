// SPDX-License-Identifier: Apache-2.0
// Source: 82540EM manual 3.3 (transmission), 13.4 (registers).
#include "sender.h"

#include "pci.h"

#define ID_82540EM 0x100e8086u

#define CTRL     0x0000
#define CTRL_SLU 0x40u
#define TCTL     0x0400
#define TCTL_ON  0x0au // enabled, short frames padded
#define TDBAL    0x3800
#define TDBAH    0x3804
#define TDLEN    0x3808
#define TDH      0x3810
#define TDT      0x3818

#define FRAME       60u
#define LAST_REPORT 0x0bu // end of packet, insert the check sequence, report
#define DONE        1u
#define PATIENCE    (1u << 22) // rounds of a loop after which it is dead

static struct {
	uint64_t address;
	uint16_t length;
	uint8_t offset, command;
	volatile uint8_t status;
	uint8_t start;
	uint16_t special;
} ring[SENDER_FRAMES] __attribute__((aligned(4096)));
_Static_assert(sizeof(ring) == 4096, "a page");

static uint8_t place; // on bus 0
static uint64_t registers;
static uint32_t tail;

static void set(uint32_t offset, uint32_t value)
{
	*(volatile uint32_t *)(registers + offset) = value;
}

void *sender_ring(void)
{
	return ring;
}

bool sender_find(uint8_t *devfn)
{
	bool found = pci_find(ID_82540EM, devfn);

	place = *devfn;
	return found;
}

void sender_start(uint64_t at)
{
	registers = pci_read(place, PCI_BAR0) & PCI_BAR_ADDRESS;
	pci_enable(place);
	set(CTRL, CTRL_SLU);
	set(TDBAL, (uint32_t)at);
	set(TDBAH, (uint32_t)(at >> 32));
	set(TDLEN, sizeof(ring));
	set(TDH, 0);
	set(TDT, 0);
	set(TCTL, TCTL_ON);
	tail = 0;
}

static void queue_frame(uint64_t address)
{
	ring[tail].address = address;
	ring[tail].length = FRAME;
	ring[tail].command = LAST_REPORT;
	ring[tail].status = 0;
	tail = (tail + 1) % SENDER_FRAMES;
}

bool sender_read(uint64_t address, uint64_t step, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		queue_frame(address + i * step);
	set(TDT, tail);
	uint32_t last = (tail + SENDER_FRAMES - 1) % SENDER_FRAMES;

	for (uint32_t i = 0; i < PATIENCE; i++)
		if (ring[last].status & DONE)
			return true;
	return false;
}
