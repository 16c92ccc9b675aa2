// SPDX-License-Identifier: Apache-2.0
// ACPI 6.4, 5.2.5 (where the RSDP is) and 5.2.7 (RSDT).
#include "acpi.h"

static bool same(const volatile void *at, const char *text)
{
	const volatile char *p = at;

	while (*text)
		if (*p++ != *text++)
			return false;
	return true;
}

const volatile uint8_t *acpi_table(const char *signature)
{
	for (uint64_t at = 0xe0000; at < 0x100000; at += 16) {
		const volatile uint32_t *rsdt;

		if (!same((const volatile void *)(uintptr_t)at, "RSD PTR "))
			continue;
		rsdt = map_physical(*(const volatile uint32_t *)(uintptr_t)(at + 16));
		for (uint32_t i = 9; i < rsdt[1] / 4; i++)
			if (same((const volatile void *)(uintptr_t)rsdt[i], signature))
				return (const volatile uint8_t *)(uintptr_t)rsdt[i];
	}
	return NULL;
}
