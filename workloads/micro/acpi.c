// SPDX-License-Identifier: Apache-2.0
// Tables by name, and power-off: the FADT says which port, the DSDT's _S5_ package what to write.
#include "cpu.h"
#include "machine.h"

#define EBDA_SEGMENT ((const volatile uint16_t *)0x40e)
#define BIOS_START   0xe0000ull
#define BIOS_END     0x100000ull
#define HEADER       36u // bytes of every table's header

#define PM1_SCI_ENABLED  (1u << 0)
#define PM1_SLEEP_TYPE   10
#define PM1_SLEEP_ENABLE (1u << 13)
#define AML_PACKAGE      0x12
#define AML_BYTE         0x0a
#define S5_LEAST         9u // bytes: name, opcode, length, count, two values

struct rsdp {
	char signature[8];
	uint8_t checksum, oem[6], revision;
	uint32_t rsdt;
} __attribute__((packed));

struct table {
	char signature[4];
	uint32_t length;
} __attribute__((packed));

struct fadt {
	uint8_t header[HEADER];
	uint32_t facs, dsdt;
	uint8_t reserved, profile;
	uint16_t sci;
	uint32_t smi_port;
	uint8_t acpi_enable, acpi_disable, s4, pstate;
	uint32_t pm1a_event, pm1b_event, pm1a_control, pm1b_control;
} __attribute__((packed));
_Static_assert(__builtin_offsetof(struct fadt, pm1a_control) == 64, "ACPI 6.5, table 5.9");

static bool is(const char *at, const char *name)
{
	for (; *name != '\0'; at++, name++)
		if (*at != *name)
			return false;
	return true;
}

static const struct rsdp *rsdp_within(uint64_t from, uint64_t to)
{
	for (; from < to; from += 16)
		if (is((const char *)from, "RSD PTR "))
			return (const struct rsdp *)from;
	return NULL;
}

static const struct rsdp *rsdp_find(void)
{
	uint64_t ebda = (uint64_t)*EBDA_SEGMENT << 4;
	const struct rsdp *rsdp = ebda ? rsdp_within(ebda, ebda + 1024) : NULL;

	return rsdp != NULL ? rsdp : rsdp_within(BIOS_START, BIOS_END);
}

const void *acpi_table(const char *signature)
{
	const struct rsdp *rsdp = rsdp_find();

	if (rsdp == NULL)
		return NULL;
	const struct table *rsdt = (const void *)(uint64_t)rsdp->rsdt;
	const uint32_t *entry = (const void *)((uint64_t)rsdp->rsdt + HEADER);

	for (uint32_t i = 0; i < (rsdt->length - HEADER) / sizeof(*entry); i++)
		if (is((const char *)(uint64_t)entry[i], signature))
			return (const void *)(uint64_t)entry[i];
	return NULL;
}

static uint16_t aml_byte(const uint8_t **at)
{
	if (**at == AML_BYTE)
		++*at;
	return *(*at)++;
}

// _S5_ is a package: opcode, length (1 to 4 bytes by its top two bits), count, then the values.
static bool s5_types(const struct table *dsdt, uint16_t type[2])
{
	const uint8_t *at = (const uint8_t *)dsdt, *stop = at + dsdt->length - S5_LEAST;

	for (at += HEADER; at <= stop; at++) {
		if (!is((const char *)at, "_S5_") || at[4] != AML_PACKAGE)
			continue;
		at += 5;
		at += 1 + (*at >> 6) + 1;
		type[0] = aml_byte(&at);
		type[1] = aml_byte(&at);
		return true;
	}
	return false;
}

static void sleep(uint32_t port, uint16_t type)
{
	if (port != 0)
		outw((uint16_t)port, (uint16_t)(type << PM1_SLEEP_TYPE | PM1_SLEEP_ENABLE));
}

void acpi_power_off(void)
{
	const struct fadt *fadt = acpi_table("FACP");
	uint16_t type[2];

	if (fadt == NULL || !s5_types((const void *)(uint64_t)fadt->dsdt, type))
		return;
	if (fadt->smi_port != 0 && !(inw((uint16_t)fadt->pm1a_control) & PM1_SCI_ENABLED))
		outb((uint16_t)fadt->smi_port, fadt->acpi_enable);
	sleep(fadt->pm1a_control, type[0]);
	sleep(fadt->pm1b_control, type[1]);
}
