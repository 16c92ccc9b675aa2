/* SPDX-License-Identifier: Apache-2.0 */
/* The physical I/O APIC (Intel 82093AA): for an interrupt that another CPU than the first shall
 * get. */
#ifndef HW_IOAPIC_H
#define HW_IOAPIC_H

#include <stdbool.h>
#include <stdint.h>

/*
 * ISA interrupt @irq arrives as @vector at the CPU with local APIC @apic_id, and nowhere else if
 * the 8259 masks it. False: the ACPI tables name no I/O APIC, or it cannot name that CPU.
 */
bool ioapic_route(unsigned irq, uint8_t vector, uint32_t apic_id);

#endif
