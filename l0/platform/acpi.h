/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_ACPI_H
#define PLATFORM_ACPI_H

#include <stddef.h>
#include <stdint.h>

struct platform_config;

/* Room that acpi_build() may need. */
#define ACPI_SIZE_MAX 0x4000u

/*
 * Writes RSDP, XSDT, FADT, FACS, MADT, MCFG, DSDT and, with an IOMMU, DMAR to `mem`, which is guest
 * memory at `gpa`: 64-byte aligned and inside E0000H to FFFFFH, where the RSDP (at `gpa`) is looked
 * for. Returns the bytes used.
 */
size_t acpi_build(uint8_t *mem, uint64_t gpa, const struct platform_config *config);

#endif
