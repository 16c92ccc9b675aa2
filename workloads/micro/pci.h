/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration space of bus 0, by its ports (PCI Local Bus 3.0, 3.2.2.3). */
#ifndef MICRO_PCI_H
#define MICRO_PCI_H

#include <stdbool.h>
#include <stdint.h>

#define PCI_COMMAND      0x04
#define PCI_BAR0         0x10
#define PCI_BAR_ADDRESS  0xfffffff0u
#define PCI_CAPABILITIES 0x34
#define PCI_MSIX         0x11

uint32_t pci_read(uint8_t devfn, uint8_t offset);
void pci_write(uint8_t devfn, uint8_t offset, uint32_t value);

/* The first device with this vendor (15:0) and identifier; false: there is none. */
bool pci_find(uint32_t id, uint8_t *devfn);

/* It decodes its memory and masters the bus. */
void pci_enable(uint8_t devfn);

/* Where its capability of that kind is; 0: it has none. */
uint8_t pci_capability(uint8_t devfn, uint8_t kind);

#endif
