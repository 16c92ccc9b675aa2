/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration space, by mechanism #1, and what is behind its 256 bytes where MCFG says. A
 * function is named by bus << 8 | device << 3 | function; all that are looked for are of bus 0, or
 * of bus 1 behind a port.
 */
#ifndef PCI_H
#define PCI_H

#include "guest.h"

enum pci_register {
	PCI_ID = 0x00,
	PCI_COMMAND = 0x04,
	PCI_CLASS = 0x08,
	PCI_BAR0 = 0x10,
	PCI_CAPABILITIES = 0x34,
};

#define PCI_MEMORY 2U
#define PCI_MASTER 4U

#define PCI_CAP_EXPRESS 0x10U
#define PCI_CAP_MSIX    0x11U

#define PCI_EXT_IOV 0x10U

uint32_t pci_read(uint32_t function, uint32_t reg);
void pci_write(uint32_t function, uint32_t reg, uint32_t value);
/* The function with this vendor (15:0) and device identifier; 0: none. */
uint32_t pci_find(uint32_t id);
/* Memory decoding and bus mastering on, in the port before it too. */
void pci_enable(uint32_t function);
/* The offset of a capability; 0: none. */
uint32_t pci_capability(uint32_t function, uint8_t id);
/* The same of an extended one. */
uint32_t pci_extended(uint32_t function, uint16_t id);
/* Lets all virtual functions of one be there: the first of them, and where its BAR 0 is. */
uint32_t pci_virtual(uint32_t function, uint64_t *base);
/* They are gone. */
void pci_virtual_off(uint32_t function);
/* Function-level reset (PCI Express 4.0, 6.6.2). */
void pci_reset(uint32_t function);
/* Reset of the bus that it is on, by the port (7.5.1.3.13); false: there is no port. */
bool pci_hot_reset(uint32_t function);

#endif
