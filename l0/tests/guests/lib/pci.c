// SPDX-License-Identifier: Apache-2.0
#include "pci.h"
#include "processor.h"

#define EXPRESS_CONTROL 8U
#define EXPRESS_FLR     BIT(15)

static void choose(uint32_t function, uint32_t reg)
{
	outl(0xcf8, 0x80000000U | function << 8 | (reg & 0xfc));
}

uint32_t pci_read(uint32_t function, uint32_t reg)
{
	choose(function, reg);
	return inl(0xcfc);
}

void pci_write(uint32_t function, uint32_t reg, uint32_t value)
{
	choose(function, reg);
	outl(0xcfc, value);
}

uint32_t pci_find(uint32_t id)
{
	for (uint32_t function = 0; function < 0x100; function += 8)
		if (pci_read(function, PCI_ID) == id)
			return function;
	return 0;
}

uint32_t pci_capability(uint32_t function, uint8_t id)
{
	uint32_t at = pci_read(function, PCI_CAPABILITIES) & 0xfc;

	while (at && (pci_read(function, at) & 0xff) != id)
		at = pci_read(function, at) >> 8 & 0xfc;
	return at;
}

void pci_reset(uint32_t function)
{
	uint32_t at = pci_capability(function, PCI_CAP_EXPRESS) + EXPRESS_CONTROL;

	pci_write(function, at, pci_read(function, at) | EXPRESS_FLR);
}
