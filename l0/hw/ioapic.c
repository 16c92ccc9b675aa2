// SPDX-License-Identifier: Apache-2.0
#include "hw/ioapic.h"

#include "hw/madt.h"

#define SELECT          0x00
#define WINDOW          0x10
#define ENTRY(pin)      (0x10 + 2 * (pin))
#define ACTIVE_LOW      (1u << 13)
#define LEVEL_TRIGGERED (1u << 15)
#define PHYSICAL_MAX    0xffu /* eight bits of physical destination, without remapping */

static void write(const struct madt_line *line, unsigned reg, uint32_t value)
{
	*(volatile uint32_t *)(uintptr_t)(line->ioapic + SELECT) = reg;
	*(volatile uint32_t *)(uintptr_t)(line->ioapic + WINDOW) = value;
}

bool ioapic_route(unsigned irq, uint8_t vector, uint32_t apic_id)
{
	struct madt_line line;

	if (apic_id >= PHYSICAL_MAX || !madt_isa_line(irq, &line))
		return false;
	write(&line, ENTRY(line.pin) + 1, apic_id << 24);
	write(&line, ENTRY(line.pin),
	      vector | (line.active_low ? ACTIVE_LOW : 0) | (line.level ? LEVEL_TRIGGERED : 0));
	return true;
}
