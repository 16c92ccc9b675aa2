// SPDX-License-Identifier: Apache-2.0
#include "load/multiboot2_info.h"

#include "lib/string.h"
#include "load/multiboot2.h"
#include "load/tables.h"

/* The RSDP's size by the ACPI specification, 5.2.5.3: as of version 1, and since 2. */
#define RSDP_OLD 20u
#define RSDP_NEW 36u

/* A tag with what follows its head; each begins aligned. */
static void put_tag(struct tables *t, enum multiboot2_type type, const void *body, uint64_t size)
{
	const struct multiboot2_tag tag = {type, (uint32_t)(sizeof(tag) + size)};

	tables_put(t, &tag, sizeof(tag), MULTIBOOT2_ALIGN);
	tables_put(t, body, size, 1);
}

static void put_text(struct tables *t, enum multiboot2_type type, const char *text)
{
	put_tag(t, type, text, strlen(text) + 1);
}

static void put_modules(struct tables *t, const struct multiboot_facts *f)
{
	uint64_t gpa = f->modules_gpa;

	for (unsigned i = 0; i < f->modules.count; i++) {
		const struct boot_module *from = &f->modules.module[i];
		const struct multiboot2_module m = {
			.tag = {MULTIBOOT2_MODULE, (uint32_t)(sizeof(m) + strlen(from->text) + 1)},
			.start = (uint32_t)gpa,
			.end = (uint32_t)(gpa + from->size),
		};

		tables_put(t, &m, sizeof(m), MULTIBOOT2_ALIGN);
		tables_put_string(t, from->text);
		gpa = modules_next(from, gpa);
	}
}

static void put_memory(struct tables *t, const struct ram *ram)
{
	const struct multiboot2_memory m = {
		.tag = {MULTIBOOT2_MEMORY, sizeof(m)},
		.lower = LOAD_EBDA / 1024,
		.upper = (uint32_t)((ram->below - LOAD_HIGH) / 1024),
	};

	tables_put(t, &m, sizeof(m), MULTIBOOT2_ALIGN);
}

static void put_map(struct tables *t, const struct ram *ram)
{
	struct load_map map[LOAD_MAP_ROWS];
	unsigned rows = load_memory_map(ram, map);
	const struct multiboot2_mmap head = {
		.tag = {MULTIBOOT2_MMAP,
			(uint32_t)(sizeof(head) + rows * sizeof(struct multiboot2_mmap_row))},
		.row_size = sizeof(struct multiboot2_mmap_row),
	};

	tables_put(t, &head, sizeof(head), MULTIBOOT2_ALIGN);
	for (unsigned i = 0; i < rows; i++) {
		const struct multiboot2_mmap_row row = {map[i].base, map[i].size, map[i].type, 0};

		tables_put(t, &row, sizeof(row), MULTIBOOT2_ALIGN);
	}
}

static void put_sections(struct tables *t, const struct sections *s)
{
	const struct multiboot2_elf head = {
		.tag = {MULTIBOOT2_ELF, (uint32_t)sizeof(head) + s->count * s->header_size},
		.count = s->count,
		.header_size = s->header_size,
		.names = s->names,
	};

	if (!s->elf)
		return;
	tables_put(t, &head, sizeof(head), MULTIBOOT2_ALIGN);
	sections_put(s, t);
}

/* A copy of the pointer that begins L1's ACPI tables, in the sizes of both its versions. */
static void put_acpi(struct tables *t, const struct ram *ram)
{
	const void *rsdp = ram_ptr(ram, LOAD_ACPI, RSDP_NEW);

	put_tag(t, MULTIBOOT2_ACPI_OLD, rsdp, RSDP_OLD);
	put_tag(t, MULTIBOOT2_ACPI_NEW, rsdp, RSDP_NEW);
}

static uint64_t write_info(struct tables *t, const void *what)
{
	const struct multiboot_facts *f = what;
	const struct multiboot2_info head = {(uint32_t)t->size, 0};
	const uint32_t base = (uint32_t)f->base;
	uint64_t first = tables_put(t, &head, sizeof(head), MULTIBOOT2_ALIGN);

	put_text(t, MULTIBOOT2_CMDLINE, f->words);
	put_text(t, MULTIBOOT2_LOADER, MULTIBOOT_LOADER_NAME);
	put_modules(t, f);
	put_memory(t, f->ram);
	put_map(t, f->ram);
	put_sections(t, &f->sections);
	put_acpi(t, f->ram);
	put_tag(t, MULTIBOOT2_LOAD_BASE, &base, sizeof(base));
	put_tag(t, MULTIBOOT2_END, "", 0);
	return first;
}

bool multiboot2_info_write(struct layout *l, const struct multiboot_facts *facts, uint64_t *gpa)
{
	return tables_write(l, write_info, facts, gpa);
}
