/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_IOAPIC_H
#define PLATFORM_IOAPIC_H

#include <stdbool.h>
#include <stdint.h>

#define IOAPIC_BASE 0xfec00000u
#define IOAPIC_PINS 24

/* By this requester identifier the IOMMU knows it (DMAR table): device 1EH of bus 0. */
#define IOAPIC_ID 0x00f0

struct ioapic {
	uint64_t entry[IOAPIC_PINS]; /* redirection table */
	uint32_t lines;              /* levels of the inputs */
	uint32_t id;
	uint8_t select;
};

struct platform;

void ioapic_init(struct ioapic *io);
void ioapic_line(struct platform *p, unsigned pin, bool level);

/* EOI message of a LAPIC for a level-triggered vector, from any CPU: takes the lock. */
void ioapic_broadcast(struct platform *p, uint8_t vector);

/* Can it send what interrupts being off do not stop: NMI or INIT? From any CPU: takes the lock. */
bool ioapic_wakes(struct platform *p);

uint64_t ioapic_mmio_read(struct platform *p, unsigned offset, unsigned size);
void ioapic_mmio_write(struct platform *p, unsigned offset, unsigned size, uint64_t value);

#endif
