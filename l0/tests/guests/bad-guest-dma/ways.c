// SPDX-License-Identifier: Apache-2.0
#include "ways.h"
#include "engine.h"
#include "pci.h"

#define STATUS 0x14

static uint32_t bar;

bool ways_begin(void)
{
	if (!engine_begin())
		return false;
	bar = pci_read(engine.function, PCI_BAR0);
	return true;
}

static void by_function(void)
{
	pci_reset(engine.function);
}

static void by_mastering(void)
{
	pci_write(engine.function, PCI_COMMAND, PCI_MEMORY);
}

static void by_decoding(void)
{
	pci_write(engine.function, PCI_COMMAND, 0);
}

/* What is no virtual function has none to take away. */
static void by_virtual_off(void)
{
	if (engine.physical)
		pci_virtual_off(engine.physical);
	else
		by_function();
}

static void by_physical(void)
{
	pci_reset(engine.physical ? engine.physical : engine.function);
}

static void by_port(void)
{
	if (!pci_hot_reset(engine.function))
		by_function();
}

static void by_place(void)
{
	pci_write(engine.function, PCI_BAR0, 0xd0000000);
}

static void by_far_place(void)
{
	pci_write(engine.function, PCI_BAR0 + 4, 0x80000000);
}

static void by_status(void)
{
	*(volatile uint8_t *)(engine.base + STATUS) = 0;
}

static void (*const ways[])(void) = {
	by_function, by_mastering, by_decoding,  by_virtual_off,           by_physical,
	by_port,     by_place,     by_far_place, [WAY_STATUS] = by_status,
};
_Static_assert(ARRAY_SIZE(ways) == WAYS, "all of them");

void way_take(unsigned int way)
{
	ways[way % WAYS]();
}

void way_back(void)
{
	if (engine.physical)
		pci_virtual(engine.physical, &engine.base);
	pci_write(engine.function, PCI_BAR0, bar);
	pci_write(engine.function, PCI_BAR0 + 4, 0);
	pci_enable(engine.function);
}
