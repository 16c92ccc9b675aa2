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

#define MADT_LAPIC   0
#define MADT_X2APIC  9
#define LAPIC_USABLE 1u

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

static const struct acpi_header *find_madt(const struct rsdp *rsdp)
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

unsigned madt_processors(uint32_t *ids, unsigned most)
{
	uint64_t ebda = (uint64_t) * (const volatile uint16_t *)physical(EBDA_SEGMENT) << 4;
	const struct rsdp *rsdp = find_rsdp(ebda, ebda + 1024);
	const struct acpi_header *madt;
	unsigned count = 0;
	uint32_t at = sizeof(*madt) + 8; /* after the local APICs' address and flags */

	if (!rsdp)
		rsdp = find_rsdp(BIOS_START, BIOS_END);
	madt = rsdp ? find_madt(rsdp) : NULL;
	while (madt && at + 2 <= madt->length && count < most) {
		const struct madt_row *row = physical((uintptr_t)madt + at);

		if (processor_of(row, &ids[count]))
			count++;
		if (!row->length)
			break;
		at += row->length;
	}
	return count;
}
