// SPDX-License-Identifier: Apache-2.0
// Interrupt remapping (VT-d specification 5.1): who may send what, and why not.
#include "apic.h"
#include "engine.h"
#include "processor.h"
#include "trap.h"
#include "vtd.h"

#define VECTOR 0x73

/* Of entries, 9.10. */
#define UPPER_SOURCE(sid)        (BIT(18) | (uint64_t)(sid))
#define UPPER_QUALIFIER(n)       ((uint64_t)(n) << 16)
#define UPPER_BUSES(first, last) (2ULL << 18 | (uint64_t)(first) << 8 | (last))

static bool remapping(unsigned int order, bool extended)
{
	struct domain d;

	if (!vtd_engine(&d, 3))
		return false;
	apic_enable();
	vtd_interrupts(order, extended);
	return true;
}

static void set_entry(unsigned int n, uint64_t low, uint64_t high)
{
	vtd_entries[2 * n + 1] = high;
	vtd_entries[2 * n] = low;
}

/* How many interrupts of VECTOR come of one message. */
static uint32_t sent(uint64_t address, uint32_t data)
{
	uint32_t before = irq_count[VECTOR];

	engine_message(address, data);
	check_eq("a buffer", ENGINE_DONE, engine_write(address_of(&engine_ring) + 0xf00));
	sti();
	for (unsigned int i = 0; i < 50; i++)
		asm volatile("pause");
	cli();
	return irq_count[VECTOR] - before;
}

TEST(entries)
{
	if (!remapping(7, false))
		return;
	set_entry(3, IRTE(VECTOR, 0), 0);
	set_entry(7, IRTE(VECTOR, 0), UPPER_SOURCE(engine.function));
	set_entry(8, IRTE(VECTOR, 0), UPPER_SOURCE(engine.function ^ 7) | UPPER_QUALIFIER(3));
	set_entry(9, IRTE(VECTOR, 0), UPPER_BUSES(0, 2));
	set_entry(255, IRTE(VECTOR, 0xff00), 0);
	check_eq("any source", 1, sent(MSI_HANDLE(3), 0));
	check_eq("its source", 1, sent(MSI_HANDLE(7), 0));
	check_eq("a function of its device", 1, sent(MSI_HANDLE(8), 0));
	check_eq("a bus of several", 1, sent(MSI_HANDLE(9), 0));
	check_eq("to everybody, the last", 1, sent(MSI_HANDLE(255), 0));
	check_eq("a subhandle", 1, sent(MSI_HANDLE(3) | MSI_SUBHANDLE, 4));
	check_eq("data without one is not looked at", 1, sent(MSI_HANDLE(3), 4));
	vtd_expect_none("faults");
}

static const struct why {
	const char *name;
	uint64_t low, high, address;
	uint32_t data;
	unsigned int reason, index;
} whys[] = {
	{"absent", 0, 0, MSI_HANDLE(2), 0, V_IRTE_ABSENT, 2},
	{"beyond the table", 0, 0, MSI_HANDLE(256), 0, V_MSI_INDEX, 256},
	{"beyond it by its subhandle", 0, 0, MSI_HANDLE(2) | MSI_SUBHANDLE, 0xff00, V_MSI_INDEX,
	 0xff02},
	{"far beyond it", 0, 0, MSI_HANDLE(0xffff), 0, V_MSI_INDEX, 0xffff},
	{"reserved bits of the data", 0, 0, MSI_HANDLE(2), 0x10000, V_MSI_RESERVED, 2},
	{"reserved bits", IRTE(VECTOR, 0) | BIT(12), 0, MSI_HANDLE(2), 0, V_IRTE_RESERVED, 2},
	{"the posted format", IRTE(VECTOR, 0) | BIT(15), 0, MSI_HANDLE(2), 0, V_IRTE_RESERVED, 2},
	{"reserved delivery", IRTE(VECTOR, 0) | 3 << 5, 0, MSI_HANDLE(2), 0, V_IRTE_RESERVED, 2},
	{"start-up", IRTE(VECTOR, 0) | 6 << 5, 0, MSI_HANDLE(2), 0, V_IRTE_RESERVED, 2},
	{"a wide destination", IRTE(VECTOR, 0x10000), 0, MSI_HANDLE(2), 0, V_IRTE_RESERVED, 2},
	{"upper reserved bits", IRTE(VECTOR, 0), BIT(20), MSI_HANDLE(2), 0, V_IRTE_RESERVED, 2},
	{"reserved validation", IRTE(VECTOR, 0), 3ULL << 18, MSI_HANDLE(2), 0, V_IRTE_RESERVED, 2},
	{"another's", IRTE(VECTOR, 0), UPPER_SOURCE(0x00f8), MSI_HANDLE(2), 0, V_IRTE_SOURCE, 2},
	{"the IOAPIC's", IRTE(VECTOR, 0), UPPER_SOURCE(0x00f0), MSI_HANDLE(2), 0, V_IRTE_SOURCE, 2},
	{"other buses'", IRTE(VECTOR, 0), UPPER_BUSES(1, 255), MSI_HANDLE(2), 0, V_IRTE_SOURCE, 2},
	{"buses in no order", IRTE(VECTOR, 0), UPPER_BUSES(255, 0), MSI_HANDLE(2), 0, V_IRTE_SOURCE,
	 2},
	{"compatible", 0, 0, 0xfee00000, VECTOR, V_MSI_BLOCKED, 0},
};

static bool of_entry(unsigned int reason)
{
	return reason == V_IRTE_ABSENT || reason == V_IRTE_RESERVED || reason == V_IRTE_SOURCE;
}

TEST(blocked)
{
	if (!remapping(7, false))
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(whys); i++) {
		const struct why *w = &whys[i];

		if ((w->low & BIT(15)) && (vtd.cap & BIT(59))) /* offered: vmx-apicv */
			continue;
		set_entry(2, w->low, w->high);
		check_eq(w->name, 0, sent(w->address, w->data));
		vtd_expect(w->name, w->reason, (uint64_t)w->index << 48);
		/* FPD keeps out of the log what the entry is at fault for. */
		set_entry(2, w->low | IRTE_FPD, w->high);
		check_eq(w->name, 0, sent(w->address, w->data));
		if (of_entry(w->reason))
			vtd_expect_none(w->name);
		else
			vtd_expect(w->name, w->reason, (uint64_t)w->index << 48);
	}
}

TEST(table_nowhere)
{
	if (!remapping(0, false))
		return;
	vtd_put64(R_IRTA, NOWHERE | 15);
	check("latched", vtd_command(G_SIRTP, true));
	check_eq("a message", 0, sent(MSI_HANDLE(5), 0));
	vtd_expect("a message", V_IRTE_ACCESS, 5ULL << 48);
}

/* 5.1.2.1: compatible messages pass if the driver says so; what is remappable is remapped. */
TEST(compatible_allowed)
{
	if (!remapping(0, false))
		return;
	check("allowed", vtd_command(G_CFI, true));
	check_eq("compatible", 1, sent(0xfee00000, VECTOR));
	set_entry(1, IRTE(VECTOR, 0), 0);
	check_eq("remappable", 1, sent(MSI_HANDLE(1), 0));
	check("blocked again", vtd_command(G_CFI, false));
	check_eq("compatible", 0, sent(0xfee00000, VECTOR));
	vtd_expect("compatible", V_MSI_BLOCKED, 0);
}

/* With EIM destinations have 32 bits, and nothing compatible passes. */
TEST(extended)
{
	if (!remapping(0, true))
		return;
	set_entry(0, IRTE(VECTOR, 0), 0);
	set_entry(1, IRTE(VECTOR, 0x00010000), 0);
	check_eq("to processor 0", 1, sent(MSI_HANDLE(0), 0));
	check_eq("to one that there is not", 0, sent(MSI_HANDLE(1), 0));
	check("allowed", vtd_command(G_CFI, true));
	check_eq("compatible", 0, sent(0xfee00000, VECTOR));
	vtd_expect("compatible", V_MSI_BLOCKED, 0);
}

/* Remapping off: messages are as the processor knows them, and delivery modes are its own. */
TEST(delivery_modes)
{
	uint32_t nmis;

	if (!remapping(0, false))
		return;
	nmis = irq_count[NMI];
	for (unsigned int mode = 0; mode < 8; mode++) {
		if (mode == 3 || mode == 5 || mode == 6)
			continue; /* reserved; INIT would end us */
		set_entry(0, IRTE(VECTOR, 0) | (uint64_t)mode << 5, 0);
		check_eq("vectors", mode < 2, sent(MSI_HANDLE(0), 0));
	}
	check_eq("NMIs", nmis + 1, irq_count[NMI]);
	vtd_expect_none("faults");
}

/* A pin of the IOAPIC by an entry: those are the only ones that may name it. */
TEST(ioapic_pin)
{
	volatile uint32_t *select = (volatile uint32_t *)0xfec00000ULL, *window = select + 4;
	const uint32_t pin = 2; /* of the interval timer */
	uint32_t before;

	if (!remapping(0, false))
		return;
	set_entry(1, IRTE(VECTOR, 0), UPPER_SOURCE(0x00f0));
	before = irq_count[VECTOR];
	*select = 0x10 + 2 * pin + 1;
	*window = 1U << 17 | 1U << 16; /* index 1, remappable */
	*select = 0x10 + 2 * pin;
	*window = VECTOR;
	outb(0x43, 0x30); /* counter 0 once, and soon */
	outb(0x40, 100);
	outb(0x40, 0);
	sti();
	for (uint64_t start = rdtsc(); irq_count[VECTOR] == before && rdtsc() - start < 20000000;)
		;
	cli();
	*select = 0x10 + 2 * pin;
	*window = 1U << 16;
	check_eq("interrupts", before + 1, irq_count[VECTOR]);
	vtd_expect_none("faults");
}
