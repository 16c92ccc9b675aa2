// SPDX-License-Identifier: Apache-2.0
// Registers, commands and tables of the unit: VT-d specification 11.4 and 9.
#include "vtd.h"
#include "acpi.h"
#include "engine.h"
#include "processor.h"

#define PATIENCE 20000000ULL

/* DMAR (8.1): the first unit follows a header of 48 bytes, its register base at 8 there. */
#define DMAR_UNIT 48
#define UNIT_BASE 8

struct vtd vtd;
uint64_t *vtd_root, *vtd_contexts;

uint32_t vtd_get32(uint32_t reg)
{
	return *(volatile uint32_t *)(vtd.base + reg);
}

uint64_t vtd_get64(uint32_t reg)
{
	return *(volatile uint64_t *)(vtd.base + reg);
}

void vtd_put32(uint32_t reg, uint32_t value)
{
	*(volatile uint32_t *)(vtd.base + reg) = value;
}

void vtd_put64(uint32_t reg, uint64_t value)
{
	*(volatile uint64_t *)(vtd.base + reg) = value;
}

static uint64_t get(uint32_t reg)
{
	return reg % 8 ? vtd_get32(reg) : vtd_get64(reg);
}

bool vtd_until(uint32_t reg, uint64_t mask, uint64_t value)
{
	uint64_t start = rdtsc();

	while ((get(reg) & mask) != value)
		if (rdtsc() - start > PATIENCE)
			return false;
	return true;
}

/* What the capabilities say of places (11.4.2 FRO and NFR, 11.4.3 IRO). */
static void find_registers(void)
{
	vtd.cap = vtd_get64(R_CAP);
	vtd.ecap = vtd_get64(R_ECAP);
	vtd.fault = (uint32_t)(vtd.cap >> 24 & 0x3ff) * 16;
	vtd.faults = (uint32_t)(vtd.cap >> 40 & 0xff) + 1;
	vtd.iva = (uint32_t)(vtd.ecap >> 8 & 0x3ff) * 16;
	vtd.iotlb = vtd.iva + 8;
}

/*
 * Where GCMD is RAM it holds a command until somebody has taken it. Status says less: of a one-shot
 * command that has been carried out before, it says so already.
 */
bool vtd_taken(void)
{
	return vtd_until(R_GCMD, ~0U, vtd.idle);
}

bool vtd_command(uint64_t bits, bool on)
{
	uint64_t status = vtd_get32(R_GSTS) & G_STAYS;

	vtd_put32(R_GCMD, (uint32_t)(on ? status | bits : status & ~bits));
	return vtd_taken() && vtd_until(R_GSTS, bits, on ? bits : 0);
}

static void all_off(void)
{
	check("translation off", vtd_command(G_TE, false));
	check("all off", vtd_command(G_STAYS, false));
	vtd_put32(R_FECTL, (uint32_t)EVENT_MASKED);
	vtd_put32(R_IECTL, (uint32_t)EVENT_MASKED);
	vtd_put32(R_ICS, 1);
	vtd_clear_faults();
}

bool vtd_begin(void)
{
	const volatile uint8_t *dmar = acpi_table("DMAR");

	if (!dmar) {
		skip("no IOMMU");
		return false;
	}
	vtd.base = *(const volatile uint64_t *)(dmar + DMAR_UNIT + UNIT_BASE);
	find_registers();
	/* Reserved bits of a register that only takes commands: those of a page of RAM. */
	vtd.idle = vtd.idle ? vtd.idle : vtd_get32(R_GCMD);
	vtd.polled = vtd.idle != 0;
	all_off();
	return true;
}

void vtd_set_root(uint64_t value)
{
	vtd_put64(R_RTADDR, value);
	check("root table latched", vtd_command(G_SRTP, true));
}

void vtd_tables(void)
{
	vtd_root = page_alloc();
	vtd_contexts = page_alloc();
	vtd_root[0] = address_of(vtd_contexts) | 1;
	vtd_set_root(address_of(vtd_root));
}

void vtd_set_context(uint32_t source, uint64_t low, uint64_t high)
{
	vtd_contexts[source * 2 + 1] = high;
	__atomic_store_n(&vtd_contexts[source * 2], low, __ATOMIC_RELEASE);
}

void vtd_attach(uint32_t source, const struct domain *d)
{
	vtd_set_context(source, address_of(d->top) | 1,
			CONTEXT_LEVELS(d->levels) | CONTEXT_DID(d->id));
}

void domain_init(struct domain *d, unsigned int levels, uint16_t id)
{
	d->top = page_alloc();
	d->levels = levels;
	d->id = id;
}

uint64_t *domain_entry(struct domain *d, uint64_t iova, unsigned int level)
{
	uint64_t *table = d->top;

	for (unsigned int n = d->levels;; n--) {
		uint64_t *entry = &table[iova >> (3 + 9 * n) & 511];

		if (n == level)
			return entry;
		if (!*entry)
			*entry = address_of(page_alloc()) | S_RW;
		table = (uint64_t *)(uintptr_t)(*entry & BITS(51, 12));
	}
}

void domain_map(struct domain *d, uint64_t iova, uint64_t to, unsigned int level)
{
	*domain_entry(d, iova, level) = to | S_RW | (level > 1 ? S_PAGE : 0);
}

bool vtd_engine(struct domain *d, unsigned int levels)
{
	if (!vtd_begin() || !engine_begin())
		return false;
	vtd_tables();
	domain_init(d, levels, 1);
	domain_map(d, address_of(&engine_ring), address_of(&engine_ring), 1);
	vtd_attach(engine.function, d);
	vtd_flush();
	check("translation on", vtd_command(G_TE, true));
	return true;
}
