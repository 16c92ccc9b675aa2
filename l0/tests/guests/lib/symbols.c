// SPDX-License-Identifier: Apache-2.0
#include "symbols.h"

#include <elf.h>

#include "guest.h"

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static const void *bytes_of(const Elf32_Shdr *section)
{
	return (const void *)(uintptr_t)section->sh_addr;
}

static uint64_t search(const Elf32_Shdr *table, const Elf32_Shdr *names, const char *name)
{
	const Elf32_Sym *symbol = bytes_of(table);
	const char *text = bytes_of(names);

	for (uint32_t i = 0; i < table->sh_size / sizeof(*symbol); i++)
		if (same(text + symbol[i].st_name, name))
			return symbol[i].st_value;
	return 0;
}

uint64_t symbol_value(const void *headers, uint32_t count, uint32_t size, const char *name)
{
	for (uint32_t i = 0; i < count; i++) {
		const Elf32_Shdr *table = (const void *)((const uint8_t *)headers + i * size);
		const Elf32_Shdr *names =
			(const void *)((const uint8_t *)headers + table->sh_link * size);

		if (table->sh_type == SHT_SYMTAB && table->sh_addr && names->sh_addr)
			return search(table, names, name);
	}
	return 0;
}
