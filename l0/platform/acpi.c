// SPDX-License-Identifier: Apache-2.0
#include "platform/acpi.h"

#include "lib/string.h"
#include "platform/acpi_tables.h"
#include "platform/calendar.h"
#include "platform/ioapic.h"
#include "platform/iommu.h"
#include "platform/lapic.h"
#include "platform/pci.h"
#include "platform/platform_config.h"
#include "platform/pm.h"

#define FADT_WBINVD      (1u << 0)
#define FADT_C1          (1u << 2)
#define FADT_NO_POWER    (1u << 4) /* no fixed power button, no fixed sleep button */
#define FADT_NO_SLEEP    (1u << 5)
#define FADT_NO_RTC_WAKE (1u << 6)
#define FADT_TIMER_32    (1u << 8)
#define FADT_RESET       (1u << 10)
#define FADT_HEADLESS    (1u << 12)

#define BOOT_LEGACY_DEVICES 0x01u /* and no 8042: bit 1 stays clear */
#define BOOT_NO_VGA         0x04u

#define MADT_PCAT       0x01u /* there is a pair of 8259s */
#define MADT_LEVEL_HIGH 0x0du
#define DMAR_INTERRUPTS 0x01u /* it remaps interrupts, and does not ask to stay out of x2APIC */
#define DRHD_ALL_PCI    0x01u
#define SCOPE_IOAPIC    3u

#define ALL_PROCESSORS 0xffu

#define SPACE_IO 1

static const uint8_t dsdt_aml[] = {
#include "platform/dsdt.inc"
};

/* Tables are laid one after the other in guest memory. */
struct room {
	uint8_t *mem;
	uint64_t gpa;
	size_t used;
};

/* Copies a table in and returns its guest address. */
static uint64_t place(struct room *room, const void *table, size_t size, size_t alignment)
{
	size_t at = (room->used + alignment - 1) & ~(alignment - 1);

	memcpy(room->mem + at, table, size);
	room->used = at + size;
	return room->gpa + at;
}

/* What makes the bytes add up to zero. */
static uint8_t checksum(const void *table, size_t size)
{
	const uint8_t *bytes = table;
	uint8_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + bytes[i]);
	return (uint8_t)-sum;
}

static struct acpi_header header(const char *signature, uint8_t revision, size_t length)
{
	struct acpi_header h = {
		.length = (uint32_t)length,
		.revision = revision,
		.oem_id = {'T', 'E', 'S', 'T', 'U', 'D'},
		.oem_table_id = {'T', 'E', 'S', 'T', 'U', 'D', 'O', ' '},
		.oem_revision = 1,
		.creator_id = {'T', 'S', 'T', 'D'},
		.creator_revision = 1,
	};

	memcpy(h.signature, signature, sizeof(h.signature));
	return h;
}

static uint64_t build_dsdt(struct room *room, const struct platform_config *config)
{
	/* Name (NCPU, byte): NameOp, the name, BytePrefix, and the byte that is ours. */
	static const uint8_t name[] = {0x08, 'N', 'C', 'P', 'U', 0x0a};
	uint64_t gpa = place(room, dsdt_aml, sizeof(dsdt_aml), 16);
	uint8_t *dsdt = room->mem + (gpa - room->gpa);
	struct acpi_header *h = (struct acpi_header *)dsdt;

	for (size_t i = sizeof(*h); i + sizeof(name) < sizeof(dsdt_aml); i++) {
		if (memcmp(dsdt + i, name, sizeof(name)) != 0)
			continue;
		dsdt[i + sizeof(name)] = (uint8_t)config->vcpus;
		break;
	}
	/* The compiler put its own version into the header: the guest sees the same from any. */
	*h = header("DSDT", 2, sizeof(dsdt_aml));
	h->checksum = checksum(dsdt, sizeof(dsdt_aml));
	return gpa;
}

static uint64_t build_facs(struct room *room)
{
	static const struct acpi_facs facs = {
		.signature = {'F', 'A', 'C', 'S'},
		.length = sizeof(facs),
		.version = 2,
	};

	return place(room, &facs, sizeof(facs), 64);
}

/* SMI command port 0: the machine is in ACPI mode from the start, there is nobody to ask. */
static uint64_t build_fadt(struct room *room, uint64_t facs, uint64_t dsdt)
{
	struct acpi_fadt t = {
		.header = header("FACP", 5, sizeof(t)),
		.minor_revision = 1,
		.facs = (uint32_t)facs,
		.dsdt = (uint32_t)dsdt,
		.x_dsdt = dsdt,
		.profile = 1,
		.sci = SCI_IRQ,
		.pm1a_event = PM1_EVENT_PORT,
		.pm1a_control = PM1_CONTROL_PORT,
		.pm_timer = PM_TIMER_PORT,
		.pm1_event_length = 4,
		.pm1_control_length = 2,
		.pm_timer_length = 4,
		.c2_latency = 101, /* above 100 and 1000: no C2, no C3 */
		.c3_latency = 1001,
		.century = CALENDAR_CENTURY,
		.boot_flags = BOOT_LEGACY_DEVICES | BOOT_NO_VGA,
		.flags = FADT_WBINVD | FADT_C1 | FADT_NO_POWER | FADT_NO_SLEEP | FADT_NO_RTC_WAKE |
			 FADT_TIMER_32 | FADT_RESET | FADT_HEADLESS,
		.reset_register = {SPACE_IO, 8, 0, 1, RESET_PORT},
		.reset_value = RESET_VALUE,
		.x_pm1a_event = {SPACE_IO, 32, 0, 2, PM1_EVENT_PORT},
		.x_pm1a_control = {SPACE_IO, 16, 0, 2, PM1_CONTROL_PORT},
		.x_pm_timer = {SPACE_IO, 32, 0, 3, PM_TIMER_PORT},
	};

	t.header.checksum = checksum(&t, sizeof(t));
	return place(room, &t, sizeof(t), 16);
}

static uint64_t build_madt(struct room *room, const struct platform_config *config)
{
	struct {
		struct acpi_madt madt;
		struct acpi_madt_ioapic ioapic;
		struct acpi_madt_override timer;
		struct acpi_madt_override sci;
		struct acpi_madt_nmi nmi;
		struct acpi_madt_lapic lapic[PLATFORM_VCPUS_MAX];
	} ACPI_PACKED t = {
		.madt = {.lapic = LAPIC_DEFAULT_BASE, .flags = MADT_PCAT},
		.ioapic = {1, sizeof(t.ioapic), 0, 0, IOAPIC_BASE, 0},
		.timer = {2, sizeof(t.timer), 0, 0, 2, 0},
		.sci = {2, sizeof(t.sci), 0, SCI_IRQ, SCI_IRQ, MADT_LEVEL_HIGH},
		.nmi = {4, sizeof(t.nmi), ALL_PROCESSORS, 0, 1},
	};
	unsigned vcpus = config->vcpus < PLATFORM_VCPUS_MAX ? config->vcpus : PLATFORM_VCPUS_MAX;
	size_t size = sizeof(t) - (PLATFORM_VCPUS_MAX - vcpus) * sizeof(t.lapic[0]);

	for (unsigned i = 0; i < vcpus; i++)
		t.lapic[i] =
			(struct acpi_madt_lapic){0, sizeof(t.lapic[0]), (uint8_t)i, (uint8_t)i, 1};
	t.madt.header = header("APIC", 3, size);
	t.madt.header.checksum = checksum(&t, size);
	return place(room, &t, size, 16);
}

/* PCI firmware specification 3.0, 4.1.2; the DSDT reserves the same addresses. */
static uint64_t build_mcfg(struct room *room)
{
	struct acpi_mcfg t = {
		.header = header("MCFG", 1, sizeof(t)),
		.base = PCI_ECAM_BASE,
		.last_bus = PCI_ECAM_SIZE / PCI_ECAM_BUS - 1,
	};

	t.header.checksum = checksum(&t, sizeof(t));
	return place(room, &t, sizeof(t), 16);
}

/* VT-d specification 8.1: one unit for all of the bus, and by name the IOAPIC, whose id is 0. */
static uint64_t build_dmar(struct room *room, const struct platform_config *config)
{
	struct {
		struct acpi_dmar dmar;
		struct acpi_drhd unit;
		struct acpi_dmar_scope ioapic;
	} ACPI_PACKED t = {
		.dmar = {.header = header("DMAR", 1, sizeof(t)),
			 .width = (uint8_t)(config->physical_width - 1),
			 .flags = DMAR_INTERRUPTS},
		.unit = {.length = sizeof(t.unit) + sizeof(t.ioapic),
			 .flags = DRHD_ALL_PCI,
			 .registers = IOMMU_BASE},
		.ioapic = {.type = SCOPE_IOAPIC,
			   .length = sizeof(t.ioapic),
			   .bus = IOAPIC_ID >> 8,
			   .device = IOAPIC_ID >> 3 & 31,
			   .function = IOAPIC_ID & 7},
	};

	t.dmar.header.checksum = checksum(&t, sizeof(t));
	return place(room, &t, sizeof(t), 16);
}

#define TABLES 4 /* at most; the DMAR is last, and not there without an IOMMU */

/* RSDT and XSDT name the same tables; small kernels know only the first. */
static void build_root(struct room *room, const uint64_t *table, unsigned count)
{
	const size_t narrow = sizeof(struct acpi_header) + count * sizeof(uint32_t);
	const size_t wide = sizeof(struct acpi_header) + count * sizeof(uint64_t);
	struct {
		struct acpi_header header;
		uint32_t table[TABLES];
	} ACPI_PACKED rsdt = {.header = header("RSDT", 1, narrow)};
	struct {
		struct acpi_header header;
		uint64_t table[TABLES];
	} ACPI_PACKED xsdt = {.header = header("XSDT", 1, wide)};
	struct acpi_rsdp rsdp = {
		.signature = {'R', 'S', 'D', ' ', 'P', 'T', 'R', ' '},
		.oem_id = {'T', 'E', 'S', 'T', 'U', 'D'},
		.revision = 2,
		.length = sizeof(rsdp),
	};

	for (unsigned i = 0; i < count; i++) {
		rsdt.table[i] = (uint32_t)table[i];
		xsdt.table[i] = table[i];
	}
	rsdt.header.checksum = checksum(&rsdt, narrow);
	xsdt.header.checksum = checksum(&xsdt, wide);
	rsdp.rsdt = (uint32_t)place(room, &rsdt, narrow, 16);
	rsdp.xsdt = place(room, &xsdt, wide, 16);
	rsdp.checksum = checksum(&rsdp, 20);
	rsdp.extended_checksum = checksum(&rsdp, sizeof(rsdp));
	/* It goes first, where the guest looks for it. */
	memcpy(room->mem, &rsdp, sizeof(rsdp));
}

size_t acpi_build(uint8_t *mem, uint64_t gpa, const struct platform_config *config)
{
	struct room room = {mem, gpa, sizeof(struct acpi_rsdp)};
	uint64_t facs = build_facs(&room), dsdt = build_dsdt(&room, config);
	uint64_t table[TABLES];
	unsigned count = TABLES - !config->iommu;

	_Static_assert(sizeof(dsdt_aml) + 0x800 < ACPI_SIZE_MAX, "room for the tables");
	table[0] = build_fadt(&room, facs, dsdt);
	table[1] = build_madt(&room, config);
	table[2] = build_mcfg(&room);
	if (config->iommu)
		table[3] = build_dmar(&room, config);
	build_root(&room, table, count);
	return room.used;
}
