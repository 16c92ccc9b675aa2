// SPDX-License-Identifier: Apache-2.0
#include "pci.h"
#include "acpi.h"
#include "processor.h"

#define EXPRESS_CONTROL 8U
#define EXPRESS_FLR     BIT(15)

#define CLASS_PORT   0x0604U
#define PORT_BUSES   0x18U /* primary, secondary, subordinate */
#define PORT_CONTROL 0x3cU
#define PORT_RESET   BIT(22)

#define EXTENDED  0x100U
#define MCFG_BASE 44 /* PCI firmware specification 3.0, 4.1.2 */

/* Single root I/O virtualization, PCI Express 4.0, 9.3.3. */
enum iov {
	IOV_CONTROL = 0x08, /* virtual functions are there, their memory is */
	IOV_TOTAL = 0x0c,
	IOV_NUMBER = 0x10,
	IOV_FIRST = 0x14,
	IOV_BAR0 = 0x24,
};
#define IOV_ON 9U

static void choose(uint32_t function, uint32_t reg)
{
	outl(0xcf8, 0x80000000U | function << 8 | (reg & 0xfc));
}

/* NULL where nothing tells of extended registers. */
static volatile uint32_t *extended(uint32_t function, uint32_t reg)
{
	const volatile uint8_t *mcfg = acpi_table("MCFG");

	if (!mcfg)
		return NULL;
	return map_physical(*(const volatile uint64_t *)(mcfg + MCFG_BASE) + (function << 12) +
			    reg);
}

uint32_t pci_read(uint32_t function, uint32_t reg)
{
	volatile uint32_t *at = reg < EXTENDED ? NULL : extended(function, reg);

	if (at)
		return *at;
	if (reg >= EXTENDED)
		return 0;
	choose(function, reg);
	return inl(0xcfc);
}

void pci_write(uint32_t function, uint32_t reg, uint32_t value)
{
	volatile uint32_t *at = reg < EXTENDED ? NULL : extended(function, reg);

	if (at)
		*at = value;
	if (reg >= EXTENDED)
		return;
	choose(function, reg);
	outl(0xcfc, value);
}

uint32_t pci_find(uint32_t id)
{
	for (uint32_t function = 0; function < 0x200; function += 8)
		if (pci_read(function, PCI_ID) == id)
			return function;
	return 0;
}

/* The port whose bus a function is on; 0: none. */
static uint32_t port_of(uint32_t function)
{
	for (uint32_t port = 0; function >> 8 && port < 0x100; port += 8)
		if (pci_read(port, PCI_CLASS) >> 16 == CLASS_PORT &&
		    (pci_read(port, PORT_BUSES) >> 8 & 0xff) == function >> 8)
			return port;
	return 0;
}

void pci_enable(uint32_t function)
{
	uint32_t port = port_of(function);

	if (port)
		pci_write(port, PCI_COMMAND, PCI_MEMORY | PCI_MASTER);
	pci_write(function, PCI_COMMAND, PCI_MEMORY | PCI_MASTER);
}

bool pci_hot_reset(uint32_t function)
{
	uint32_t port = port_of(function), control;

	if (!port)
		return false;
	control = pci_read(port, PORT_CONTROL);
	pci_write(port, PORT_CONTROL, (uint32_t)(control | PORT_RESET));
	pci_write(port, PORT_CONTROL, control);
	return true;
}

uint32_t pci_capability(uint32_t function, uint8_t id)
{
	uint32_t at = pci_read(function, PCI_CAPABILITIES) & 0xfc;

	while (at && (pci_read(function, at) & 0xff) != id)
		at = pci_read(function, at) >> 8 & 0xfc;
	return at;
}

uint32_t pci_extended(uint32_t function, uint16_t id)
{
	uint32_t at = EXTENDED;

	while (at && (pci_read(function, at) & 0xffff) != id)
		at = pci_read(function, at) >> 20 & 0xffc;
	return at;
}

/* A reset of the physical function takes their BAR away, which nobody but the firmware has chosen.
 */
static void place(uint32_t function, uint32_t reg)
{
	static uint32_t bar;
	uint32_t now = pci_read(function, reg) & ~15U;

	bar = now ? now : bar;
	pci_write(function, reg, bar);
}

uint32_t pci_virtual(uint32_t function, uint64_t *base)
{
	uint32_t at = pci_extended(function, PCI_EXT_IOV);

	place(function, at + IOV_BAR0);
	pci_write(function, at + IOV_NUMBER, pci_read(function, at + IOV_TOTAL) >> 16);
	pci_write(function, at + IOV_CONTROL, IOV_ON);
	*base = pci_read(function, at + IOV_BAR0) & ~15U;
	return function + (pci_read(function, at + IOV_FIRST) & 0xffff);
}

void pci_virtual_off(uint32_t function)
{
	pci_write(function, pci_extended(function, PCI_EXT_IOV) + IOV_CONTROL, 0);
}

void pci_reset(uint32_t function)
{
	uint32_t at = pci_capability(function, PCI_CAP_EXPRESS) + EXPRESS_CONTROL;

	pci_write(function, at, pci_read(function, at) | EXPRESS_FLR);
}
