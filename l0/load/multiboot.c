// SPDX-License-Identifier: Apache-2.0
/* A multiboot 1 kernel as L1: ELF32 or ELF64, or any file with the address fields (spec 3.1). */
#include <elf.h>

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

/* Copies one piece of the image and clears what follows it; false if L1 has no such memory. */
static bool copy_segment(const struct ram *ram, const uint8_t *image, uint64_t image_size,
			 uint64_t offset, uint64_t to, uint64_t file_size, uint64_t memory_size,
			 uint64_t *end)
{
	uint8_t *p;

	if (memory_size < file_size)
		memory_size = file_size;
	p = ram_ptr(ram, to, memory_size);
	if (to < LOAD_HIGH || !p || offset > image_size || file_size > image_size - offset) {
		say("L1's kernel has a segment at %lx of %lu bytes that does not fit", to, memory_size);
		return false;
	}
	memcpy(p, image + offset, file_size);
	memset(p + file_size, 0, memory_size - file_size);
	if (to + memory_size > *end)
		*end = to + memory_size;
	return true;
}

static bool load_addresses(const struct ram *ram, const uint8_t *image, uint64_t size,
			   const struct multiboot_header *h, uint64_t offset, uint64_t *end)
{
	uint64_t from = offset - (h->header_addr - h->load_addr);
	uint64_t file_size = h->load_end_addr ? h->load_end_addr - h->load_addr : size - from;
	uint64_t memory_size = h->bss_end_addr ? h->bss_end_addr - h->load_addr : file_size;

	return copy_segment(ram, image, size, from, h->load_addr, file_size, memory_size, end);
}

/* The two ELF classes differ in the layout of their headers alone. */
#define LOAD_ELF(bits)                                                                             \
	static bool load_elf##bits(const struct ram *ram, const uint8_t *image, uint64_t size,     \
				   uint64_t *entry, uint64_t *end)                                 \
	{                                                                                          \
		const Elf##bits##_Ehdr *e = (const void *)image;                                   \
                                                                                                   \
		for (unsigned i = 0; i < e->e_phnum; i++) {                                        \
			uint64_t at = e->e_phoff + (uint64_t)i * e->e_phentsize;                   \
			const Elf##bits##_Phdr *p = (const void *)(image + at);                    \
                                                                                                   \
			if (at > size || sizeof(*p) > size - at) {                                 \
				say("L1's kernel image is cut short");                             \
				return false;                                                      \
			}                                                                          \
			if (p->p_type != PT_LOAD || !p->p_memsz)                                   \
				continue;                                                          \
			if (!copy_segment(ram, image, size, p->p_offset, p->p_paddr, p->p_filesz,  \
					  p->p_memsz, end))                                        \
				return false;                                                      \
		}                                                                                  \
		*entry = e->e_entry;                                                               \
		return true;                                                                       \
	}

LOAD_ELF(32)
LOAD_ELF(64)

static bool load_image(const struct ram *ram, const struct boot_module *kernel, uint64_t *entry,
		       uint64_t *end)
{
	const uint8_t *image = (const void *)(uintptr_t)kernel->hpa;
	const struct multiboot_header *h;
	uint64_t offset;

	h = kernel->size > sizeof(Elf64_Ehdr) ? find_header(image, kernel->size, &offset) : NULL;
	if (!h) {
		say("L1 is neither a Linux bzImage nor a multiboot 1 kernel");
		return false;
	}
	if (h->flags & MULTIBOOT_HEADER_ADDRESS) {
		*entry = h->entry_addr;
		return load_addresses(ram, image, kernel->size, h, offset, end);
	}
	if (memcmp(image, ELFMAG, SELFMAG)) {
		say("L1's multiboot header has no addresses and the file is no ELF");
		return false;
	}
	if (image[EI_CLASS] == ELFCLASS64)
		return load_elf64(ram, image, kernel->size, entry, end);
	return load_elf32(ram, image, kernel->size, entry, end);
}

/* Right after the kernel, on a page boundary; its string as it came. */
static bool copy_module(const struct ram *ram, const struct boot_module *module, uint64_t end,
			struct tables *t)
{
	uint64_t at = (end + 4095) & ~4095ull;
	void *p = ram_ptr(ram, at, module->size);

	if (!p) {
		say("L1's module of %lu bytes has no room in its memory (knob memory)", module->size);
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
