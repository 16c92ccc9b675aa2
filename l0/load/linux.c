// SPDX-License-Identifier: Apache-2.0
/* The Linux/x86 boot protocol (Documentation/x86/boot.rst): a bzImage by its 32-bit entry, a
 * vmlinux by its 64-bit one. */
#include <asm/bootparam.h>

#include "lib/print.h"
#include "lib/string.h"
#include "load/elf.h"
#include "load/image.h"
#include "load/kinds.h"
#include "load/modules.h"

#define MAGIC_HDRS     0x53726448u
#define LEAST_PROTOCOL 0x206
#define LOADER_OTHER   0xff
#define PAGE           LAYOUT_PAGE
#define INITRD_ALIGN   4 /* between one and the next */
#define TEXT_MAX       2047u

static const void *bytes_of(const struct boot_module *m)
{
	return (const void *)(uintptr_t)m->hpa;
}

bool load_is_bzimage(const struct boot_module *kernel)
{
	const struct boot_params *image = bytes_of(kernel);

	return kernel->size > PAGE && image->hdr.boot_flag == 0xaa55 &&
	       image->hdr.header == MAGIC_HDRS;
}

static void write_e820(const struct ram *ram, struct boot_params *params)
{
	struct load_map map[LOAD_MAP_ROWS];
	unsigned rows = load_memory_map(ram, map);

	for (unsigned i = 0; i < rows; i++) {
		params->e820_table[i].addr = map[i].base;
		params->e820_table[i].size = map[i].size;
		params->e820_table[i].type = map[i].type;
	}
	params->e820_entries = (uint8_t)rows;
}

/* As high as the kernel allows, so that nothing it unpacks runs into it; several are one. */
static bool copy_initrd(struct layout *l, const struct modules *initrds, struct boot_params *params)
{
	const struct layout_wish wish = {LOAD_HIGH, params->hdr.initrd_addr_max + 1ull, PAGE, true};
	uint64_t size = modules_bytes(initrds, INITRD_ALIGN), at;
	uint8_t *to = size ? layout_place(l, &wish, 1, size, &at) : NULL;

	if (!size)
		return true;
	if (!to) {
		say("L1's initrd of %lu bytes has no room in %lu bytes of memory (knob memory)",
		    size, l->ram->size);
		return false;
	}
	modules_copy(initrds, INITRD_ALIGN, to);
	params->hdr.ramdisk_image = (uint32_t)at;
	params->hdr.ramdisk_size = (uint32_t)size;
	return true;
}

/* Where the kernel likes to be, so that it need not move itself. */
static uint64_t kernel_address(const struct setup_header *hdr)
{
	return hdr->version >= 0x20a && hdr->pref_address >= LOAD_HIGH ? hdr->pref_address
								       : LOAD_HIGH;
}

/* Copies the protected-mode part, with the room that it unpacks into behind it. */
static bool copy_kernel(struct layout *l, const struct boot_module *kernel,
			const struct setup_header *hdr)
{
	const struct image_file file = {bytes_of(kernel), kernel->size};
	uint64_t setup = (hdr->setup_sects ? hdr->setup_sects + 1u : 5u) * 512u;
	const struct image_piece piece = {setup, kernel_address(hdr), kernel->size - setup,
					  hdr->init_size};

	if (setup < kernel->size)
		return image_load(l, &file, &piece) && image_entry_ok(l, piece.to);
	say("L1's kernel image is cut short");
	return false;
}

/* Linux does not want the name of its file, which the string begins with. */
static const char *after_name(const char *text)
{
	while (*text && *text != ' ')
		text++;
	while (*text == ' ')
		text++;
	return text;
}

static char *copy_words(struct layout *l, const char *words, uint64_t *at)
{
	uint64_t size = strlen(words) + 1;
	char *to = layout_place_table(l, size, at);

	if (to)
		memcpy(to, words, size);
	return to;
}

/* What both kinds find at boot_params; NULL after a line. */
static struct boot_params *make_params(struct layout *l, const struct boot_module *kernel,
				       const struct setup_header *hdr, struct entry_state *out)
{
	struct boot_params *params = layout_place_table(l, sizeof(*params), &out->rsi);
	uint64_t words;

	if (!params || !copy_words(l, after_name(kernel->text), &words)) {
		say("L1's boot parameters have no room in its memory (knob memory)");
		return NULL;
	}
	memset(params, 0, sizeof(*params));
	params->hdr = *hdr;
	params->hdr.type_of_loader = LOADER_OTHER;
	params->hdr.cmd_line_ptr = (uint32_t)words;
	params->acpi_rsdp_addr = LOAD_ACPI;
	write_e820(l->ram, params);
	return params;
}

static bool add_params(struct layout *l, const struct boot_module *module, unsigned modules,
		       const struct setup_header *hdr, struct entry_state *out)
{
	const struct modules initrds = {module + 1, modules - 1};
	struct boot_params *params = make_params(l, module, hdr, out);

	return params && copy_initrd(l, &initrds, params);
}

bool load_bzimage(struct layout *l, const struct boot_module *module, unsigned modules,
		  struct entry_state *out)
{
	const struct boot_params *image = bytes_of(module);

	if (image->hdr.version < LEAST_PROTOCOL || !(image->hdr.loadflags & LOADED_HIGH)) {
		say("L1's kernel speaks boot protocol %x; 2.06 and a bzImage is the least",
		    image->hdr.version);
		return false;
	}
	out->rip = kernel_address(&image->hdr);
	return copy_kernel(l, module, &image->hdr) &&
	       add_params(l, module, modules, &image->hdr, out);
}

#define PAGE_TABLE 0x3ull  /* present, writable */
#define PAGE_2M    0x83ull /* and a large leaf */

/* The 64-bit entry runs on page tables of the loader: 4 GiB one to one, 2 MiB pages. */
static bool make_paging(struct layout *l, uint64_t *cr3)
{
	uint64_t *pml4 = layout_place_table(l, 6 * PAGE, cr3), *pdpt, *pd;

	if (!pml4) {
		say("L1's first page tables have no room in its memory (knob memory)");
		return false;
	}
	pdpt = pml4 + 512;
	pd = pdpt + 512;
	memset(pml4, 0, 2 * PAGE);
	pml4[0] = (*cr3 + PAGE) | PAGE_TABLE;
	for (uint64_t i = 0; i < 4; i++)
		pdpt[i] = (*cr3 + (2 + i) * PAGE) | PAGE_TABLE;
	for (uint64_t i = 0; i < 4 * 512; i++)
		pd[i] = i << 21 | PAGE_2M;
	return true;
}

bool load_is_vmlinux(const struct boot_module *kernel)
{
	struct elf elf;

	return elf_open(&elf, kernel);
}

bool load_vmlinux(struct layout *l, const struct boot_module *module, unsigned modules,
		  struct entry_state *out)
{
	/* What the header of the bzImage would have said. */
	static const struct setup_header header = {
		.boot_flag = 0xaa55,
		.header = MAGIC_HDRS,
		.version = 0x20f,
		.loadflags = LOADED_HIGH,
		.initrd_addr_max = 0x7fffffff,
		.kernel_alignment = 0x1000000,
		.cmdline_size = TEXT_MAX,
	};
	struct elf elf;

	if (!elf_open(&elf, module) || !elf_load(&elf, l, 0))
		return false;
	out->rip = elf_entry(&elf);
	return image_entry_ok(l, out->rip) && add_params(l, module, modules, &header, out) &&
	       make_paging(l, &out->cr3);
}
