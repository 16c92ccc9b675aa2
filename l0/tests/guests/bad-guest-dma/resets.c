// SPDX-License-Identifier: Apache-2.0
// The device is reset, moved, switched off and hidden while it works, by another processor; and its
// registers lie over everything else.
#include "engine.h"
#include "pci.h"
#include "smp.h"

static volatile uint32_t stop, turns;
static volatile uint64_t *target;

static void use(void)
{
	while (!stop) {
		engine_write(address_of(target));
		turns = turns + 1;
	}
}

static void restore(uint32_t bar)
{
	pci_write(engine.function, PCI_BAR0, bar);
	pci_write(engine.function, PCI_BAR0 + 4, 0);
	pci_write(engine.function, PCI_COMMAND, PCI_MEMORY | PCI_MASTER);
}

static void disturb(unsigned int what, uint32_t bar)
{
	switch (what) {
	case 0:
		pci_reset(engine.function);
		break;
	case 1:
		pci_write(engine.function, PCI_COMMAND, PCI_MEMORY);
		break;
	case 2:
		pci_write(engine.function, PCI_COMMAND, 0);
		break;
	case 3:
		pci_write(engine.function, PCI_BAR0, 0xd0000000);
		break;
	case 4:
		pci_write(engine.function, PCI_BAR0 + 4, 0x80000000);
		break;
	default:
		*(volatile uint8_t *)((bar & ~15ULL) + 0x14) = 0;
	}
}

static bool works(void)
{
	engine_message(0, 0);
	*target = 0;
	return engine_start() && engine_write(address_of(target)) == ENGINE_DONE &&
	       engine_wrote(target);
}

TEST(in_the_middle)
{
	uint32_t bar;

	if (!smp_begin() || !engine_begin())
		return;
	target = page_alloc();
	bar = pci_read(engine.function, PCI_BAR0);
	stop = turns = 0;
	run_on(1, use);
	for (unsigned int i = 0; i < 120; i++) {
		disturb(i % 6, bar);
		spend(i % 7 * 500);
		restore(bar);
		spend(i % 5 * 3000);
	}
	stop = 1;
	while (!wait_until(&stop, 1))
		;
	spend(3000000);
	check("the other one goes on", turns > 5);
	check("works afterwards", works());
}

/* Registers on top of RAM, of devices, of themselves; at the end of all. */
TEST(registers_anywhere)
{
	static const uint64_t places[] = {
		0,          0x100000,   0x1000000,          0xe0000000,
		0xfec00000, 0xfed90000, 0xfee00000,         0xffff8000,
		0xb0000000, BIT(36),    0xffffffffffff8000, BIT(63),
		BIT(32),    0xc0000000, 0xc0008000,         0xa0000,
		0xf8000,
	};
	uint32_t bar;

	if (!engine_begin())
		return;
	target = page_alloc();
	bar = pci_read(engine.function, PCI_BAR0);
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
		volatile uint32_t *low = (volatile uint32_t *)(places[i] & 0xffffffff);

		pci_write(engine.function, PCI_BAR0, (uint32_t)places[i]);
		pci_write(engine.function, PCI_BAR0 + 4, (uint32_t)(places[i] >> 32));
		if (places[i] >> 32 == 0)
			(void)*low;
		(void)apic_read(APIC_VERSION);
		(void)*(volatile uint32_t *)map_physical(places[i] & BITS(35, 0));
	}
	restore(bar);
	check("works afterwards", works());
}

/* A way back from everywhere: each reset leaves a device as at power-on. */
TEST(after_each_reset)
{
	uint32_t bar;

	if (!engine_begin())
		return;
	target = page_alloc();
	bar = pci_read(engine.function, PCI_BAR0);
	for (unsigned int i = 0; i < 12; i++) {
		check("works before", works());
		disturb(i % 6, bar);
		restore(bar);
		if (i % 6 != 5)
			check_eq("no buffer is lost or taken twice", 0, *target);
		check("works afterwards", works());
	}
}
