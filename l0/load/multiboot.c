// SPDX-License-Identifier: Apache-2.0
/* A multiboot 1 kernel as L1: ELF32 or ELF64, or any file with the address fields (spec 3.1). */
#include "boot/multiboot.h"
#include "lib/print.h"
#include "lib/string.h"
#include "load/kinds.h"
#include "load/multiboot_image.h"
#include "load/tables.h"

static const struct multiboot_header *find_header(const struct boot_module *kernel,
						  uint64_t *offset)
{
	const uint8_t *image = (const void *)(uintptr_t)kernel->hpa;
	uint64_t limit =
		kernel->size < MULTIBOOT_HEADER_SEARCH ? kernel->size : MULTIBOOT_HEADER_SEARCH;

	for (uint64_t at = 0; at + sizeof(struct multiboot_header) <= limit; at += 4) {
		const struct multiboot_header *h = (const void *)(image + at);

		if (h->magic == MULTIBOOT_HEADER_MAGIC && !(h->magic + h->flags + h->checksum)) {
			*offset = at;
			return h;
		}
	}
	return NULL;
}

bool load_is_multiboot(const struct boot_module *kernel)
{
	uint64_t offset;

	return find_header(kernel, &offset);
}

static struct multiboot_image read_header(const struct boot_module *kernel, uint32_t *flags)
{
	struct multiboot_image image = {0};
	const struct multiboot_header *h = find_header(kernel, &image.offset);

	*flags = h->flags;
	if (h->flags & MULTIBOOT_HEADER_ADDRESS) {
		image.has_addresses = image.has_entry = true;
		image.addresses = (struct multiboot_addresses){h->header_addr, h->load_addr,
							       h->load_end_addr, h->bss_end_addr};
		image.entry = h->entry_addr;
	}
	return image;
}

/* Strings first, then what points to them. */
static uint32_t put_modules(struct tables *t, const struct multiboot_facts *f)
{
	uint64_t text = tables_here(t, 1), gpa = f->modules_gpa, list;

	for (unsigned i = 0; i < f->modules.count; i++)
		tables_put_string(t, f->modules.module[i].text);
	list = tables_here(t, 4);
	for (unsigned i = 0; i < f->modules.count; i++) {
		const struct boot_module *from = &f->modules.module[i];
		const struct multiboot_module m = {
			.start = (uint32_t)gpa,
			.end = (uint32_t)(gpa + from->size),
			.string = (uint32_t)text,
		};

		tables_put(t, &m, sizeof(m), 4);
		text += strlen(from->text) + 1;
		gpa = modules_next(from, gpa);
	}
	return (uint32_t)list;
}

static uint32_t put_map(struct tables *t, const struct ram *ram, uint32_t *size)
{
	struct load_map map[LOAD_MAP_ROWS];
	unsigned rows = load_memory_map(ram, map);
	uint64_t first = tables_here(t, 4);

	for (unsigned i = 0; i < rows; i++) {
		const struct multiboot_mmap row = {sizeof(row) - sizeof(row.size), map[i].base,
						   map[i].size, map[i].type};

		tables_put(t, &row, sizeof(row), 4);
	}
	*size = rows * (uint32_t)sizeof(struct multiboot_mmap);
	return (uint32_t)first;
}

static void put_sections(struct tables *t, const struct sections *s, struct multiboot_info *info)
{
	if (!s->elf)
		return;
	info->flags |= MULTIBOOT_INFO_ELF;
	info->syms[0] = s->count;
	info->syms[1] = s->header_size;
	info->syms[2] = (uint32_t)sections_put(s, t);
	info->syms[3] = s->names;
}

static uint64_t write_info(struct tables *t, const void *what)
{
	const struct multiboot_facts *f = what;
	struct multiboot_info info = {
		.flags = MULTIBOOT_INFO_MEMORY | MULTIBOOT_INFO_CMDLINE | MULTIBOOT_INFO_MODS |
			 MULTIBOOT_INFO_MMAP | MULTIBOOT_INFO_LOADER,
		.mem_lower = LOAD_EBDA / 1024,
		.mem_upper = (uint32_t)((f->ram->below - LOAD_HIGH) / 1024),
		.mods_count = f->modules.count,
	};

	info.cmdline = (uint32_t)tables_put_string(t, f->words);
	info.boot_loader_name = (uint32_t)tables_put_string(t, MULTIBOOT_LOADER_NAME);
	info.mods_addr = put_modules(t, f);
	info.mmap_addr = put_map(t, f->ram, &info.mmap_length);
	put_sections(t, &f->sections, &info);
	return tables_put(t, &info, sizeof(info), 4);
}

bool load_multiboot(struct layout *l, const struct boot_module *module, unsigned modules,
		    struct entry_state *out)
{
	uint32_t flags;
	const struct multiboot_image image = read_header(module, &flags);
	struct multiboot_facts facts;

	if (flags & MULTIBOOT_HEADER_UNKNOWN) {
		say("L1's multiboot header wants what is not known: flags %x", flags);
		return false;
	}
	if (!multiboot_image_load(l, &image, module, modules, &facts) ||
	    !tables_write(l, write_info, &facts, &out->rbx))
		return false;
	out->rip = facts.entry;
	out->rax = MULTIBOOT_BOOT_MAGIC;
	return true;
}
