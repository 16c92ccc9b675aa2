/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts that are messages: what a device, or the IOAPIC for a pin, writes to the addresses
 * where interrupts live.
 *
 *     device, IOAPIC ── platform_message() ──▶ platform_remap(): the IOMMU's table, or msi_decode()
 *                                                    └──▶ LAPICs
 */
#ifndef PLATFORM_MSI_H
#define PLATFORM_MSI_H

#include <stdbool.h>
#include <stdint.h>

struct lapic_message;
struct platform;

/*
 * What @data at @address says without remapping (SDM vol. 3, "Message Signalled Interrupts").
 * False: the address is not one of interrupts, or a level falls, which is no message to a LAPIC.
 */
bool msi_decode(uint64_t address, uint32_t data, struct lapic_message *m);

/*
 * Function @source writes @data to @address, inside of platform_bus_enter(): false if nobody takes
 * it.
 */
bool platform_message(struct platform *p, uint16_t source, uint64_t address, uint32_t data);

#endif
