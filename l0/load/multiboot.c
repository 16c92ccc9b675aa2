// SPDX-License-Identifier: Apache-2.0
/* A multiboot 1 kernel as L1: ELF32 or ELF64, or any file with the address fields (spec 3.1). */
#include "boot/multiboot.h"
#include "lib/print.h"
#include "lib/string.h"
#include "load/load.h"

/* What the information at LOAD_TABLES consists of. */
struct tables {
	struct multiboot_mmap map[LOAD_MAP_ROWS];
	struct multiboot_module module;
	char loader[16];
	char text[BOOT_TEXT_BYTES];
};

_Static_assert(LOAD_TABLES + sizeof(struct tables) <= LOAD_CMDLINE, "tables end before the text");

static const struct multiboot_header *find_header(const uint8_t *image, uint64_t size,
						  uint64_t *offset)
{
	uint64_t limit = size < MULTIBOOT_HEADER_SEARCH ? size : MULTIBOOT_HEADER_SEARCH;

	for (uint64_t at = 0; at + sizeof(struct multiboot_header) <= limit; at += 4) {
		const struct multiboot_header *h = (const void *)(image + at);

		if (h->magic == MULTIBOOT_HEADER_MAGIC && !(h->magic + h->flags + h->checksum)) {
			*offset = at;
			return h;
		}
	}
	return NULL;
}

static bool load_addresses(const struct ram *ram, const uint8_t *image, uint64_t size,
			   const struct multiboot_header *h, uint64_t offset, uint64_t *end)
{
	uint64_t from = offset - (h->header_addr - h->load_addr);
	uint64_t file_size = h->load_end_addr ? h->load_end_addr - h->load_addr : size - from;
	uint64_t memory_size = h->bss_end_addr ? h->bss_end_addr - h->load_addr : file_size;

	return load_segment(ram, image, size, from, h->load_addr, file_size, memory_size, end);
}

bool load_is_multiboot(const struct boot_module *kernel)
{
	uint64_t offset;

	return find_header((const void *)(uintptr_t)kernel->hpa, kernel->size, &offset);
}

static bool load_image(const struct ram *ram, const struct boot_module *kernel, uint64_t *entry,
		       uint64_t *end)
{
	const uint8_t *image = (const void *)(uintptr_t)kernel->hpa;
	const struct multiboot_header *h;
	uint64_t offset;

	h = find_header(image, kernel->size, &offset);
	if (h->flags & MULTIBOOT_HEADER_ADDRESS) {
		*entry = h->entry_addr;
		return load_addresses(ram, image, kernel->size, h, offset, end);
	}
	if (load_is_elf(kernel))
		return load_elf(ram, kernel, entry, end);
	say("L1's multiboot header has no addresses and the file is no ELF");
	return false;
}

/* Right after the kernel, on a page boundary; its string as it came. */
static bool copy_module(const struct ram *ram, const struct boot_module *module, uint64_t end,
			struct tables *t)
{
	uint64_t at = (end + 4095) & ~4095ull;
	void *p = at < RAM_HOLE_START ? ram_ptr(ram, at, module->size) : NULL; /* 32-bit fields */

	if (!p) {
		say("L1's module of %lu bytes has no room in its memory (knob memory)",
		    module->size);
		return false;
	}
	memcpy(p, (const void *)(uintptr_t)module->hpa, module->size);
	string_copy(t->text, module->text, sizeof(t->text));
	t->module = (struct multiboot_module){
		(uint32_t)at, (uint32_t)(at + module->size),
		(uint32_t)(LOAD_TABLES + __builtin_offsetof(struct tables, text)), 0};
	return true;
}

static void write_info(const struct ram *ram, const struct boot_module *kernel, bool module,
		       struct tables *t)
{
	struct multiboot_info *info = ram_ptr(ram, LOAD_INFO, sizeof(*info));
	struct load_map map[LOAD_MAP_ROWS];
	unsigned rows = load_memory_map(ram, map);

	for (unsigned i = 0; i < rows; i++)
		t->map[i] = (struct multiboot_mmap){sizeof(t->map[i]) - 4, map[i].base, map[i].size,
						    map[i].type};
	string_copy(t->loader, "testudo", sizeof(t->loader));
	string_copy(ram_ptr(ram, LOAD_CMDLINE, BOOT_TEXT_BYTES), kernel->text, BOOT_TEXT_BYTES);
	*info = (struct multiboot_info){
		.flags = MULTIBOOT_INFO_MEMORY | MULTIBOOT_INFO_CMDLINE | MULTIBOOT_INFO_MODS |
			 MULTIBOOT_INFO_MMAP | MULTIBOOT_INFO_LOADER,
		.mem_lower = LOAD_EBDA / 1024,
		.mem_upper = (uint32_t)((ram->below - LOAD_HIGH) / 1024),
		.cmdline = LOAD_CMDLINE,
		.mods_count = module,
		.mods_addr = (uint32_t)(LOAD_TABLES + __builtin_offsetof(struct tables, module)),
		.mmap_length = rows * (uint32_t)sizeof(t->map[0]),
		.mmap_addr = LOAD_TABLES,
		.boot_loader_name =
			(uint32_t)(LOAD_TABLES + __builtin_offsetof(struct tables, loader)),
	};
}

bool load_multiboot(const struct ram *ram, const struct boot_module *kernel,
		    const struct boot_module *module, struct entry_state *out)
{
	struct tables *t = ram_ptr(ram, LOAD_TABLES, sizeof(*t));
	uint64_t end = LOAD_HIGH;

	if (!load_image(ram, kernel, &out->rip, &end))
		return false;
	if (module && !copy_module(ram, module, end, t))
		return false;
	write_info(ram, kernel, module != NULL, t);
	out->rax = MULTIBOOT_BOOT_MAGIC;
	out->rbx = LOAD_INFO;
	return true;
}
