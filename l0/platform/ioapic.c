// SPDX-License-Identifier: Apache-2.0
#include "platform/ioapic.h"

#include "lib/string.h"
#include "platform/msi.h"
#include "platform/platform.h"
#include "platform/platform_host.h"

/* Intel 82093AA data sheet, with the EOI register that came with version 20H. */
#define REG_SELECT 0x00
#define REG_WINDOW 0x10
#define REG_EOI    0x40

#define INDEX_ID          0x00
#define INDEX_VERSION     0x01
#define INDEX_ARBITRATION 0x02
#define INDEX_TABLE       0x10

#define VERSION 0x20u

#define ENTRY_VECTOR     0xffull
#define ENTRY_DELIVERY   (7ull << 8)
#define ENTRY_LOGICAL    (1ull << 11)
#define ENTRY_REMOTE_IRR (1ull << 14)
#define ENTRY_LEVEL      (1ull << 15)
#define ENTRY_MASKED     (1ull << 16)
/* Bits that a write may change: all but delivery status and remote IRR, which read only. */
#define ENTRY_WRITABLE   0xff0000000001afffull
#define ENTRY_REMAPPABLE 0x00ff000000000000ull /* these too, where an IOMMU remaps interrupts */

/* Message address and data: SDM vol. 3, "Message Signalled Interrupts". */
#define MESSAGE_ADDRESS 0xfee00000ull
#define MESSAGE_LEVEL   0xc000u /* and it rises */

void ioapic_init(struct ioapic *io)
{
	memset(io, 0, sizeof(*io));
	for (unsigned i = 0; i < IOAPIC_PINS; i++)
		io->entry[i] = ENTRY_MASKED;
}

/* NMI, INIT, SMI and ExtINT are edge-triggered whatever the entry says. */
static bool is_level(uint64_t entry)
{
	return (entry & ENTRY_LEVEL) && (entry & ENTRY_DELIVERY) >> 8 <= LAPIC_LOWEST;
}

/*
 * A pin's message. The upper 16 bits of an entry are the address bits 19:4, be it a destination or,
 * remappable, format and index (VT-d specification 5.1.5.1).
 */
static void deliver(struct platform *p, unsigned pin)
{
	uint64_t *entry = &p->ioapic.entry[pin];
	uint64_t address = MESSAGE_ADDRESS | *entry >> 48 << 4 | (*entry & ENTRY_LOGICAL) >> 9;
	uint32_t data = (uint32_t)(*entry & (ENTRY_VECTOR | ENTRY_DELIVERY));
	bool level = is_level(*entry);

	platform_bus_enter(p);
	if (platform_message(p, IOAPIC_ID, address, level ? data | MESSAGE_LEVEL : data) && level)
		*entry |= ENTRY_REMOTE_IRR;
	platform_bus_leave(p);
}

/* A level-triggered pin asks whenever it is high, unmasked and not yet being served. */
static void level_update(struct platform *p, unsigned pin)
{
	uint64_t entry = p->ioapic.entry[pin];

	if ((entry & (ENTRY_LEVEL | ENTRY_MASKED | ENTRY_REMOTE_IRR)) == ENTRY_LEVEL &&
	    (p->ioapic.lines & 1u << pin))
		deliver(p, pin);
}

void ioapic_line(struct platform *p, unsigned pin, bool level)
{
	struct ioapic *io = &p->ioapic;
	bool rising;

	if (pin >= IOAPIC_PINS)
		return;
	rising = level && !(io->lines & 1u << pin);
	io->lines = level ? io->lines | 1u << pin : io->lines & ~(1u << pin);
	if (io->entry[pin] & ENTRY_LEVEL)
		level_update(p, pin);
	else if (rising && !(io->entry[pin] & ENTRY_MASKED))
		deliver(p, pin);
}

bool ioapic_wakes(struct platform *p)
{
	bool wakes = false;

	lock_take(&p->lock);
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
		uint64_t entry = p->ioapic.entry[pin];
		uint64_t delivery = (entry & ENTRY_DELIVERY) >> 8;

		wakes |= !(entry & ENTRY_MASKED) &&
			 (delivery == LAPIC_NMI || delivery == LAPIC_INIT);
	}
	lock_give(&p->lock);
	return wakes;
}

static void end_of_interrupt(struct platform *p, uint8_t vector)
{
	for (unsigned pin = 0; pin < IOAPIC_PINS; pin++) {
		uint64_t *entry = &p->ioapic.entry[pin];

		if ((*entry & ENTRY_VECTOR) != vector || !(*entry & ENTRY_REMOTE_IRR))
			continue;
		*entry &= ~ENTRY_REMOTE_IRR;
		level_update(p, pin);
	}
}

static uint32_t window_read(const struct ioapic *io)
{
	unsigned index = io->select - INDEX_TABLE;

	switch (io->select) {
	case INDEX_ID:
	case INDEX_ARBITRATION:
		return io->id;
	case INDEX_VERSION:
		return VERSION | (IOAPIC_PINS - 1) << 16;
	}
	if (io->select < INDEX_TABLE || index >= 2 * IOAPIC_PINS)
		return 0;
	return (uint32_t)(io->entry[index / 2] >> (index & 1 ? 32 : 0));
}

static void entry_write(struct platform *p, unsigned index, uint32_t value)
{
	uint64_t *entry = &p->ioapic.entry[index / 2];
	uint64_t mask = ENTRY_WRITABLE | (p->config.iommu ? ENTRY_REMAPPABLE : 0);

	mask &= index & 1 ? ~0ull << 32 : 0xffffffffull;
	*entry = (*entry & ~mask) | ((uint64_t)value << (index & 1 ? 32 : 0) & mask);
	/* Going to edge-triggered clears remote IRR: Linux 6.1 relies on it in __eoi_ioapic_pin().
	 */
	if (!(*entry & ENTRY_LEVEL))
		*entry &= ~ENTRY_REMOTE_IRR;
	level_update(p, index / 2);
}

static void window_write(struct platform *p, uint32_t value)
{
	struct ioapic *io = &p->ioapic;
	unsigned index = io->select - INDEX_TABLE;

	if (io->select == INDEX_ID)
		io->id = value & 0x0f000000;
	else if (io->select >= INDEX_TABLE && index < 2 * IOAPIC_PINS)
		entry_write(p, index, value);
}

uint64_t ioapic_mmio_read(struct platform *p, unsigned offset, unsigned size)
{
	uint32_t value = 0;

	if ((offset & ~3u) == REG_SELECT)
		value = p->ioapic.select;
	else if ((offset & ~3u) == REG_WINDOW)
		value = window_read(&p->ioapic);
	value >>= 8 * (offset & 3);
	return size >= 4 ? value : value & ((1u << 8 * size) - 1);
}

void ioapic_mmio_write(struct platform *p, unsigned offset, unsigned size, uint64_t value)
{
	/* The select register is a byte; the window takes whole registers only. */
	if (offset == REG_SELECT)
		p->ioapic.select = (uint8_t)value;
	else if (offset == REG_WINDOW && size >= 4)
		window_write(p, (uint32_t)value);
	else if (offset == REG_EOI)
		end_of_interrupt(p, (uint8_t)value);
}

void ioapic_broadcast(struct platform *p, uint8_t vector)
{
	lock_take(&p->lock);
	end_of_interrupt(p, vector);
	lock_give(&p->lock);
}
