// SPDX-License-Identifier: Apache-2.0
#include <stdbool.h>
#include <stddef.h>

#include "hw/madt.h"
#include "lib/string.h"

#define EBDA_SEGMENT 0x40e
#define BIOS_START   0xe0000
#define BIOS_END     0x100000
#define RSDP_ALIGN   16
#define RSDP_BYTES   20

#define MADT_LAPIC    0
#define MADT_IOAPIC   1
#define MADT_OVERRIDE 2
#define MADT_X2APIC   9
#define LAPIC_USABLE  1u

/* Flags of an override: what is not as the ISA bus has it. */
#define LINE_POLARITY 0x3u
#define LINE_LOW      0x3u
#define LINE_TRIGGER  0xcu
#define LINE_LEVEL    0xcu

struct acpi_header {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem[6], table[8];
	uint32_t oem_revision, creator, creator_revision;
} __attribute__((packed));

struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem[6];
	uint8_t revision;
	uint32_t rsdt;
} __attribute__((packed));

struct madt_row {
	uint8_t type, length;
	union {
		struct {
			uint8_t processor, id;
			uint32_t flags;
		} __attribute__((packed)) lapic;
		struct {
			uint16_t reserved;
			uint32_t id, flags;
		} __attribute__((packed)) x2apic;
		struct {
			uint8_t id, reserved;
			uint32_t address, first;
		} __attribute__((packed)) ioapic;
		struct {
			uint8_t bus, source;
			uint32_t gsi;
			uint16_t flags;
		} __attribute__((packed)) override;
	};
} __attribute__((packed));

static const void *physical(uint64_t address)
{
	return (const void *)(uintptr_t)address;
}

static bool sums_up(const void *table, size_t bytes)
{
	const uint8_t *p = table;
	uint8_t sum = 0;

	for (size_t i = 0; i < bytes; i++)
		sum = (uint8_t)(sum + p[i]);
	return !sum;
}

static const struct rsdp *find_rsdp(uint64_t at, uint64_t end)
{
	for (; at < end; at += RSDP_ALIGN)
		if (!memcmp(physical(at), "RSD PTR ", 8) && sums_up(physical(at), RSDP_BYTES))
			return physical(at);
	return NULL;
}

static const struct acpi_header *madt_of(const struct rsdp *rsdp)
{
	const struct acpi_header *rsdt = physical(rsdp->rsdt);
	const uint32_t *entry = (const void *)(rsdt + 1);

	for (unsigned i = 0; i < (rsdt->length - sizeof(*rsdt)) / sizeof(*entry); i++) {
		const struct acpi_header *table = physical(entry[i]);

		if (!memcmp(table->signature, "APIC", 4) && sums_up(table, table->length))
			return table;
	}
	return NULL;
}

/* The identifier in a row; false if it is of something else, or of a processor that cannot be used.
 */
static bool processor_of(const struct madt_row *row, uint32_t *id)
{
	if (row->type == MADT_LAPIC) {
		*id = row->lapic.id;
		return row->lapic.flags & LAPIC_USABLE;
	}
	if (row->type == MADT_X2APIC) {
		*id = row->x2apic.id;
		return row->x2apic.flags & LAPIC_USABLE;
	}
	return false;
}

static const struct acpi_header *find_madt(void)
{
	uint64_t ebda = (uint64_t) * (const volatile uint16_t *)physical(EBDA_SEGMENT) << 4;
	const struct rsdp *rsdp = find_rsdp(ebda, ebda + 1024);

	if (!rsdp)
		rsdp = find_rsdp(BIOS_START, BIOS_END);
	return rsdp ? madt_of(rsdp) : NULL;
}

/* The rows come after the local APICs' address and flags. */
#define FIRST_ROW (sizeof(struct acpi_header) + 8)

/* The row at *at, which moves on; NULL after the last, or where there is no table. */
static const struct madt_row *next_row(const struct acpi_header *madt, size_t *at)
{
	const struct madt_row *row = physical((uintptr_t)madt + *at);

	if (!madt || *at + 2 > madt->length || !row->length)
		return NULL;
	*at += row->length;
	return row;
}

unsigned madt_processors(uint32_t *ids, unsigned most)
{
	const struct acpi_header *madt = find_madt();
	const struct madt_row *row;
	size_t at = FIRST_ROW;
	unsigned count = 0;

	while (count < most && (row = next_row(madt, &at)))
		if (processor_of(row, &ids[count]))
			count++;
	return count;
}

/* The global number of the interrupt, and how it is signalled. */
static uint32_t gsi_of(const struct acpi_header *madt, unsigned irq, struct madt_line *out)
{
	const struct madt_row *row;
	size_t at = FIRST_ROW;

	while ((row = next_row(madt, &at))) {
		if (row->type != MADT_OVERRIDE || row->override.source != irq)
			continue;
		out->active_low = (row->override.flags & LINE_POLARITY) == LINE_LOW;
		out->level = (row->override.flags & LINE_TRIGGER) == LINE_LEVEL;
		return row->override.gsi;
	}
	return irq;
}

bool madt_isa_line(unsigned irq, struct madt_line *out)
{
	const struct acpi_header *madt = find_madt();
	const struct madt_row *row;
	size_t at = FIRST_ROW;
	uint32_t gsi, first = 0;

	*out = (struct madt_line){0};
	gsi = gsi_of(madt, irq, out);
	while ((row = next_row(madt, &at))) {
		if (row->type != MADT_IOAPIC || row->ioapic.first > gsi ||
		    (out->ioapic && row->ioapic.first < first))
			continue;
		first = row->ioapic.first;
		out->ioapic = row->ioapic.address;
		out->pin = gsi - first;
	}
	return out->ioapic;
}
