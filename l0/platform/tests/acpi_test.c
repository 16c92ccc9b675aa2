// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "machine.h"
#include "platform/acpi.h"
#include "platform/acpi_tables.h"
#include "platform/iommu.h"
#include "suites.h"

#define GPA 0xe0000u

static uint8_t mem[ACPI_SIZE_MAX];
static size_t used;

static void build(unsigned vcpus)
{
	const struct platform_config config = {.tsc_khz = 1000000, .vcpus = vcpus};

	memset(mem, 0, sizeof(mem));
	used = acpi_build(mem, GPA, &config);
	ck_assert_uint_lt(used, sizeof(mem));
}

static uint8_t sum(const void *at, size_t size)
{
	const uint8_t *bytes = at;
	uint8_t s = 0;

	for (size_t i = 0; i < size; i++)
		s = (uint8_t)(s + bytes[i]);
	return s;
}

static const void *at(uint64_t gpa)
{
	ck_assert_uint_ge(gpa, GPA);
	ck_assert_uint_lt(gpa, GPA + used);
	return mem + (gpa - GPA);
}

static const struct acpi_header *table(uint64_t gpa, const char *signature)
{
	const struct acpi_header *h = at(gpa);

	ck_assert_mem_eq(h->signature, signature, 4);
	ck_assert_uint_eq(sum(h, h->length), 0);
	ck_assert_uint_le(gpa + h->length, GPA + used);
	return h;
}

/* The guest's way: RSDP, XSDT, then what it names; the RSDT must say the same. */
static const struct acpi_header *find(unsigned index, const char *signature)
{
	const struct acpi_rsdp *rsdp = (const struct acpi_rsdp *)mem;
	const struct acpi_header *xsdt = table(rsdp->xsdt, "XSDT");
	const struct acpi_header *rsdt = table(rsdp->rsdt, "RSDT");
	uint64_t wide;
	uint32_t narrow;

	ck_assert_mem_eq(rsdp->signature, "RSD PTR ", 8);
	ck_assert_uint_eq(sum(rsdp, 20), 0);
	ck_assert_uint_eq(sum(rsdp, sizeof(*rsdp)), 0);
	memcpy(&wide, (const uint8_t *)(xsdt + 1) + 8 * index, 8);
	memcpy(&narrow, (const uint8_t *)(rsdt + 1) + 4 * index, 4);
	ck_assert_uint_eq(wide, narrow);
	return table(wide, signature);
}

START_TEST(fadt)
{
	const struct acpi_fadt *f;

	build(1);
	f = (const struct acpi_fadt *)find(0, "FACP");
	ck_assert_uint_eq(f->dsdt, f->x_dsdt);
	table(f->x_dsdt, "DSDT");
	ck_assert_uint_eq(f->facs % 64, 0);
	ck_assert_mem_eq(((const struct acpi_facs *)at(f->facs))->signature, "FACS", 4);
	ck_assert_uint_eq(f->x_pm1a_event.address, f->pm1a_event);
	ck_assert_uint_eq(f->x_pm1a_event.bits, 8u * f->pm1_event_length);
	ck_assert_uint_eq(f->x_pm1a_control.bits, 8u * f->pm1_control_length);
	ck_assert_uint_eq(f->x_pm_timer.bits, 8u * f->pm_timer_length);
	ck_assert_uint_eq(f->reset_register.address, 0xcf9);
	ck_assert_uint_eq(f->boot_flags, 5);
}
END_TEST

START_TEST(madt)
{
	for (unsigned n = 1; n <= PLATFORM_VCPUS_MAX; n++) {
		const struct acpi_header *h;
		const uint8_t *e, *end;
		unsigned count[5] = {0};

		build(n);
		h = find(1, "APIC");
		e = (const uint8_t *)h + sizeof(struct acpi_madt);
		end = (const uint8_t *)h + h->length;
		for (; e < end; e += e[1]) {
			ck_assert_uint_gt(e[1], 1);
			ck_assert_uint_lt(e[0], 5);
			count[e[0]]++;
		}
		ck_assert_ptr_eq(e, end);
		ck_assert_uint_eq(count[0], n);
		ck_assert_uint_eq(count[1], 1);
		ck_assert_uint_eq(count[2], 2);
		ck_assert_uint_eq(count[4], 1);
	}
}
END_TEST

static unsigned count(const struct acpi_header *h, const void *what, size_t size)
{
	const uint8_t *bytes = (const uint8_t *)h;
	unsigned n = 0;

	for (size_t i = 0; i + size <= h->length; i++)
		n += memcmp(bytes + i, what, size) == 0;
	return n;
}

/* Linux takes ECAM only if the DSDT reserves it: a Memory32Fixed of the board with all of it. */
START_TEST(mcfg)
{
	static const uint8_t reserved[] = {0x86, 0x09, 0x00, 0x01, 0x00, 0x00,
					   0x00, 0xe0, 0x00, 0x00, 0x40, 0x00};
	const struct acpi_mcfg *t;
	const struct acpi_fadt *f;

	build(2);
	t = (const struct acpi_mcfg *)find(2, "MCFG");
	ck_assert_uint_eq(t->header.length, sizeof(*t));
	ck_assert_uint_eq(t->base, PCI_ECAM_BASE);
	ck_assert_uint_eq((t->last_bus + 1u) << 20, PCI_ECAM_SIZE);
	f = (const struct acpi_fadt *)find(0, "FACP");
	ck_assert_uint_eq(count(table(f->x_dsdt, "DSDT"), reserved, sizeof(reserved)), 1);
}
END_TEST

/* One unit for the whole bus, and the IOAPIC by the name that its messages carry. */
START_TEST(dmar)
{
	const struct platform_config config = {.vcpus = 1, .physical_width = 39, .iommu = true};
	const struct acpi_dmar *t;
	const struct acpi_drhd *unit;
	const struct acpi_dmar_scope *scope;

	memset(mem, 0, sizeof(mem));
	used = acpi_build(mem, GPA, &config);
	t = (const struct acpi_dmar *)find(3, "DMAR");
	unit = (const struct acpi_drhd *)(t + 1);
	scope = (const struct acpi_dmar_scope *)(unit + 1);
	ck_assert_uint_eq(t->header.length, sizeof(*t) + unit->length);
	ck_assert_uint_eq(t->width, 38);
	ck_assert_uint_eq(t->flags, 1);
	ck_assert_uint_eq(unit->flags, 1);
	ck_assert_uint_eq(unit->registers, IOMMU_BASE);
	ck_assert_uint_eq(unit->length, sizeof(*unit) + scope->length);
	ck_assert_uint_eq(scope->type, 3);
	ck_assert_uint_eq(scope->bus << 8 | scope->device << 3 | scope->function, IOAPIC_ID);
}
END_TEST

/* The number of processors is written into the DSDT; the rest of it does not change. */
START_TEST(dsdt_processors)
{
	static uint8_t first[ACPI_SIZE_MAX];
	const struct acpi_fadt *f;
	const struct acpi_header *d;
	unsigned different = 0;
	size_t offset;

	build(1);
	f = (const struct acpi_fadt *)find(0, "FACP");
	offset = f->x_dsdt - GPA;
	memcpy(first, mem, sizeof(mem));
	build(7);
	d = (const struct acpi_header *)(mem + offset);
	for (size_t i = sizeof(*d); i < d->length; i++)
		if (mem[offset + i] != first[offset + i]) {
			different++;
			ck_assert_uint_eq(first[offset + i], 1);
			ck_assert_uint_eq(mem[offset + i], 7);
		}
	ck_assert_uint_eq(different, 1);
}
END_TEST

/* A processor device for each, found by what names it in the MADT: Linux takes it off and on. */
START_TEST(processor_devices)
{
	char name[] = {'C', '0', '0', '0', 0x08, '_', 'H', 'I', 'D', 0x0d};
	const struct acpi_fadt *f;
	const struct acpi_header *d;

	build(PLATFORM_VCPUS_MAX);
	f = (const struct acpi_fadt *)find(0, "FACP");
	d = table(f->x_dsdt, "DSDT");
	ck_assert_uint_eq(count(d, "ACPI0007", 9), PLATFORM_VCPUS_MAX);
	for (unsigned i = 0; i < PLATFORM_VCPUS_MAX; i++) {
		name[3] = (char)('0' + i);
		ck_assert_uint_eq(count(d, name, sizeof(name)), 1);
	}
}
END_TEST

TCase *acpi_tests(void)
{
	TCase *t = tcase_create("ACPI tables");

	tcase_add_test(t, fadt);
	tcase_add_test(t, madt);
	tcase_add_test(t, mcfg);
	tcase_add_test(t, dmar);
	tcase_add_test(t, dsdt_processors);
	tcase_add_test(t, processor_devices);
	return t;
}
