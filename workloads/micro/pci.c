// SPDX-License-Identifier: Apache-2.0
#include "pci.h"

#include "cpu.h"

#define PCI_ADDRESS 0xcf8
#define PCI_DATA    0xcfc
#define PCI_ENABLE  0x80000000u
#define MEMORY_DMA  6u // memory space, bus mastering
#define DEVICES     32u

uint32_t pci_read(uint8_t devfn, uint8_t offset)
{
	outl(PCI_ADDRESS, PCI_ENABLE | (uint32_t)devfn << 8 | offset);
	return inl(PCI_DATA);
}

void pci_write(uint8_t devfn, uint8_t offset, uint32_t value)
{
	outl(PCI_ADDRESS, PCI_ENABLE | (uint32_t)devfn << 8 | offset);
	outl(PCI_DATA, value);
}

bool pci_find(uint32_t id, uint8_t *devfn)
{
	for (uint8_t device = 0; device < DEVICES; device++) {
		*devfn = (uint8_t)(device << 3);
		if (pci_read(*devfn, 0) == id)
			return true;
	}
	return false;
}

void pci_enable(uint8_t devfn)
{
	pci_write(devfn, PCI_COMMAND, pci_read(devfn, PCI_COMMAND) | MEMORY_DMA);
}

uint8_t pci_capability(uint8_t devfn, uint8_t kind)
{
	uint8_t at = pci_read(devfn, PCI_CAPABILITIES) & 0xfc;

	while (at != 0 && (pci_read(devfn, at) & 0xff) != kind)
		at = pci_read(devfn, at) >> 8 & 0xfc;
	return at;
}
