// SPDX-License-Identifier: Apache-2.0
// The device is reset, moved, switched off and hidden while it works, by another processor; and its
// registers lie over everything else.
#include "engine.h"
#include "pci.h"
#include "smp.h"
#include "ways.h"

static volatile uint32_t stop, turns;
static volatile uint64_t *target;

static void use(void)
{
	while (!stop) {
		engine_write(address_of(target));
		turns = turns + 1;
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
	if (!smp_begin() || !ways_begin())
		return;
	target = page_alloc();
	stop = turns = 0;
	run_on(1, use);
	for (unsigned int i = 0; i < 120; i++) {
		way_take(i);
		spend(i % 7 * 500);
		way_back();
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
	if (!ways_begin())
		return;
	target = page_alloc();
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
		volatile uint32_t *low = (volatile uint32_t *)(places[i] & 0xffffffff);

		pci_write(engine.function, PCI_BAR0, (uint32_t)places[i]);
		pci_write(engine.function, PCI_BAR0 + 4, (uint32_t)(places[i] >> 32));
		if (places[i] >> 32 == 0)
			(void)*low;
		(void)apic_read(APIC_VERSION);
		(void)*(volatile uint32_t *)map_physical(places[i] & BITS(35, 0));
	}
	way_back();
	check("works afterwards", works());
}

/* A way back from everywhere: each reset leaves a device as at power-on. */
TEST(after_each_reset)
{
	if (!ways_begin())
		return;
	target = page_alloc();
	for (unsigned int i = 0; i < 2 * WAYS; i++) {
		check("works before", works());
		way_take(i);
		way_back();
		if (i % WAYS != WAY_STATUS)
			check_eq("no buffer is lost or taken twice", 0, *target);
		check("works afterwards", works());
	}
}
