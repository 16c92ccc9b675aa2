// SPDX-License-Identifier: Apache-2.0
// Messages that a driver makes up: others' vectors, others' processors, NMI, SMI, INIT, start-up,
// and no interrupts at all; many of them. All of it stays in this machine.
#include "engine.h"
#include "pci.h"
#include "smp.h"

#define ADDRESS 0xfee00000ULL
#define STORM   1000

static void send(uint64_t address, uint32_t data)
{
	engine_message(address, data);
	check_eq("a buffer", ENGINE_DONE, engine_write(0x1000000));
}

static void take(void)
{
	sti();
	spend(5000);
	cli();
}

/* SDM vol. 3, 11.5.2: 0 to 15 are illegal, and set an error. */
TEST(vectors)
{
	if (!engine_begin())
		return;
	apic_enable();
	irq_count[NMI] = 0; /* of the tests before */
	apic_write(APIC_ESR, 0);
	for (unsigned int v = 0; v < 16; v++)
		send(ADDRESS, v);
	take();
	for (unsigned int v = 0; v < 16; v++)
		check_eq("an illegal one", 0, irq_count[v]);
	apic_write(APIC_ESR, 0);
	check("is an error", apic_read(APIC_ESR) & BIT(6));
	for (unsigned int v = 32; v < 256; v += 13) {
		uint32_t before = irq_count[v];

		send(ADDRESS, v);
		take();
		check_eq("a legal one", before + 1, irq_count[v]);
	}
}

/* What is no message goes nowhere: it is not even written to memory. */
TEST(addresses)
{
	static const uint64_t at[] = {0x1000000,  0xfec00000,        0xfed90018, 0xfef00000,
				      0xfedff000, BIT(32) | ADDRESS, BIT(63),    ~3ULL};
	volatile uint64_t *page;

	if (!engine_begin())
		return;
	page = (volatile uint64_t *)0x1001000;
	for (unsigned int i = 0; i < ARRAY_SIZE(at); i++)
		send(at[i], 0x51);
	*page = 0;
	send(address_of(page), 0x51);
	check_eq("memory", 0, *page);
	take();
	check_eq("interrupts", 0, irq_count[0x51]);
}

/* To this processor and to those that there are not, in each mode but INIT. */
TEST(delivery_modes)
{
	uint32_t nmis, vectors;

	if (!engine_begin())
		return;
	apic_enable();
	nmis = irq_count[NMI];
	vectors = irq_count[0x52];
	for (uint32_t data = 0; data < 0x10000; data += 0x100) {
		if ((data >> 8 & 7) == 5)
			continue;
		send(ADDRESS, data | 0x52);
		send(ADDRESS | 0x42ULL << 12, data | 0x52);
		send(ADDRESS | 4, data | 0x52);
	}
	take();
	check("NMIs", irq_count[NMI] > nmis);
	check("interrupts", irq_count[0x52] > vectors);
	apic_write(APIC_SVR, 0xff);
	send(ADDRESS, 0x52);
	vectors = irq_count[0x52];
	take();
	check_eq("none while it is off", vectors, irq_count[0x52]);
	apic_enable();
}

static volatile uint32_t alive;

static void live(void)
{
	alive = alive + 1;
}

/* INIT takes another processor of ours, and it can be started again; a message is no start-up IPI,
 * for it cannot be (SDM vol. 3, table "Delivery Mode" of messages: reserved). */
TEST(init_to_another)
{
	if (!smp_begin() || !engine_begin())
		return;
	alive = 0;
	send(ADDRESS | 1 << 12, 5 << 8 | 1 << 14);
	spend(200000);
	send(ADDRESS | 1 << 12, 6 << 8 | 1 << 14 | 8);
	spend(200000);
	run_on(1, live);
	spend(200000);
	check_eq("it waits for a start-up IPI", 0, alive);
	check("it starts", restart(1));
	run_on(1, live);
	check("it works", wait_for(1) && alive == 1);
}

/* More than are taken: by this processor with interrupts off, then by one that takes them all. */
TEST(storms)
{
	uint32_t before, taken;

	if (!engine_begin())
		return;
	apic_enable();
	before = irq_count[0x53];
	engine_message(ADDRESS, 0x53);
	for (unsigned int i = 0; i < STORM; i++)
		engine_write(0x1000000);
	spend(20000); /* the last one's message comes behind its buffer */
	take();
	check_eq("many are one", before + 1, irq_count[0x53]);
	sti();
	for (unsigned int i = 0; i < STORM; i++)
		engine_write(0x1000000);
	spend(20000);
	cli();
	taken = irq_count[0x53] - before;
	check("one by one", taken > STORM / 2 && taken <= STORM + 1);
	before = irq_count[NMI];
	engine_message(ADDRESS, 4 << 8);
	for (unsigned int i = 0; i < STORM; i++)
		engine_write(0x1000000);
	check("NMIs", irq_count[NMI] > before && irq_count[NMI] <= before + STORM);
}

/* Only by name: INIT to the processor that started all, which starts from its reset vector. */
TEST(init_to_itself)
{
	if (!option("tests")) {
		skip("only by name");
		return;
	}
	if (engine_begin())
		send(ADDRESS, 5 << 8 | 1 << 14);
	spend(200000);
	check("the end", false);
}
