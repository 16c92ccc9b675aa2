/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration space of bus 0, by mechanism #1. A function is named by device << 3 | function. */
#ifndef PCI_H
#define PCI_H

#include "guest.h"

enum pci_register {
	PCI_ID = 0x00,
	PCI_COMMAND = 0x04,
	PCI_BAR0 = 0x10,
	PCI_CAPABILITIES = 0x34,
};

#define PCI_MEMORY 2U
#define PCI_MASTER 4U

#define PCI_CAP_EXPRESS 0x10U
#define PCI_CAP_MSIX    0x11U

uint32_t pci_read(uint32_t function, uint32_t reg);
void pci_write(uint32_t function, uint32_t reg, uint32_t value);
/* The function with this vendor (15:0) and device identifier; 0: none. */
uint32_t pci_find(uint32_t id);
/* The offset of a capability; 0: none. */
uint32_t pci_capability(uint32_t function, uint8_t id);
/* Function-level reset (PCI Express 4.0, 6.6.2). */
void pci_reset(uint32_t function);

#endif
