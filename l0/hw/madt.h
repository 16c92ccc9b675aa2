/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine's own ACPI tables say about its processors and interrupts (ACPI 6.4, 5.2.12). */
#ifndef HW_MADT_H
#define HW_MADT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Identifiers of the local APICs that can be used, at most @most; returns how many. 0: there are no
 * tables, which is a machine with one processor.
 */
unsigned madt_processors(uint32_t *ids, unsigned most);

/* Where an interrupt of the ISA bus arrives. */
struct madt_line {
	uint64_t ioapic; /* its registers */
	unsigned pin;
	bool active_low, level; /* false, false: as on the ISA bus, active high and by edges */
};

/* The line of ISA interrupt @irq; false: there is no I/O APIC for it. */
bool madt_isa_line(unsigned irq, struct madt_line *out);

#endif
