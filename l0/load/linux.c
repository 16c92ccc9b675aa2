// SPDX-License-Identifier: Apache-2.0
/* The Linux/x86 boot protocol (Documentation/x86/boot.rst): a bzImage by its 32-bit entry, a
 * vmlinux by its 64-bit one. */
#include <asm/bootparam.h>

#include "lib/print.h"
#include "lib/string.h"
#include "load/load.h"

#define SETUP_HEADER   0x1f1u
#define MAGIC_HDRS     0x53726448u
#define LEAST_PROTOCOL 0x206
#define LOADER_OTHER   0xff
#define PAGE           4096ull
#define INITRD_ALIGN   PAGE

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

/* As high as the kernel allows, so that nothing it unpacks runs into it. */
static bool copy_initrd(const struct ram *ram, const struct boot_module *initrd,
			struct boot_params *params, uint64_t kernel_end)
{
	uint64_t top = (uint64_t)params->hdr.initrd_addr_max + 1, at;

	if (top > ram->below)
		top = ram->below;
	at = (top - initrd->size) & ~(INITRD_ALIGN - 1);
	if (initrd->size > top || at < kernel_end) {
		say("L1's initrd of %lu bytes has no room in %lu bytes of memory (knob memory)",
		    initrd->size, ram->size);
		return false;
	}
	memcpy(ram_ptr(ram, at, initrd->size), bytes_of(initrd), initrd->size);
	params->hdr.ramdisk_image = (uint32_t)at;
	params->hdr.ramdisk_size = (uint32_t)initrd->size;
	return true;
}

/* Where the kernel likes to be, so that it need not move itself. */
static uint64_t kernel_address(const struct setup_header *hdr)
{
	return hdr->version >= 0x20a && hdr->pref_address >= LOAD_HIGH ? hdr->pref_address
								       : LOAD_HIGH;
}

/* Copies the protected-mode part; returns where it must not be overwritten up to, 0 if it fails. */
static uint64_t copy_kernel(const struct ram *ram, const struct boot_module *kernel,
			    const struct setup_header *hdr)
{
	uint64_t setup = (hdr->setup_sects ? hdr->setup_sects + 1u : 5u) * 512u;
	uint64_t room = hdr->init_size, to = kernel_address(hdr);
	void *target;

	if (setup >= kernel->size) {
		say("L1's kernel image is cut short");
		return 0;
	}
	if (room < kernel->size - setup)
		room = kernel->size - setup;
	target = to + room <= RAM_HOLE_END ? ram_ptr(ram, to, room) : NULL; /* a 32-bit entry */
	if (!target) {
		say("L1's kernel needs %lu bytes at %lx, more than its memory (knob memory)", room,
		    to);
		return 0;
	}
	memcpy(target, (const uint8_t *)bytes_of(kernel) + setup, kernel->size - setup);
	return to + room;
}

/* What both kinds find at boot_params, but for the setup header. */
static struct boot_params *make_params(const struct ram *ram, const struct boot_module *kernel,
				       const struct setup_header *hdr)
{
	struct boot_params *params = ram_ptr(ram, LOAD_INFO, sizeof(*params));
	char *cmdline = ram_ptr(ram, LOAD_CMDLINE, BOOT_TEXT_BYTES);

	memset(params, 0, sizeof(*params));
	params->hdr = *hdr;
	params->hdr.type_of_loader = LOADER_OTHER;
	params->hdr.cmd_line_ptr = (uint32_t)LOAD_CMDLINE;
	params->acpi_rsdp_addr = LOAD_ACPI;
	string_copy(cmdline, kernel->text, BOOT_TEXT_BYTES);
	write_e820(ram, params);
	return params;
}

bool load_bzimage(const struct ram *ram, const struct boot_module *kernel,
		  const struct boot_module *initrd, struct entry_state *out)
{
	const struct boot_params *image = bytes_of(kernel);
	struct boot_params *params;
	uint64_t end;

	if (image->hdr.version < LEAST_PROTOCOL || !(image->hdr.loadflags & LOADED_HIGH)) {
		say("L1's kernel speaks boot protocol %x; 2.06 and a bzImage is the least",
		    image->hdr.version);
		return false;
	}
	params = make_params(ram, kernel, &image->hdr);
	end = copy_kernel(ram, kernel, &image->hdr);
	if (!end || (initrd && !copy_initrd(ram, initrd, params, end)))
		return false;
	out->rip = kernel_address(&image->hdr);
	out->rsi = LOAD_INFO;
	return true;
}

#define CODE64     0x00af9b000000ffffull /* the descriptor that CS names */
#define PAGE_TABLE 0x3ull                /* present, writable */
#define PAGE_2M    0x83ull               /* and a large leaf */

/* The 64-bit entry runs on page tables of the loader: 4 GiB one to one, 2 MiB pages. */
static uint64_t make_paging(const struct ram *ram)
{
	uint64_t *pml4 = ram_ptr(ram, LOAD_PAGING, 6 * PAGE), *pdpt = pml4 + 512, *pd = pdpt + 512;

	memset(pml4, 0, 2 * PAGE);
	pml4[0] = (LOAD_PAGING + PAGE) | PAGE_TABLE;
	for (uint64_t i = 0; i < 4; i++)
		pdpt[i] = (LOAD_PAGING + (2 + i) * PAGE) | PAGE_TABLE;
	for (uint64_t i = 0; i < 4 * 512; i++)
		pd[i] = i << 21 | PAGE_2M;
	return LOAD_PAGING;
}

bool load_vmlinux(const struct ram *ram, const struct boot_module *kernel,
		  const struct boot_module *initrd, struct entry_state *out)
{
	/* What the header of the bzImage would have said. */
	static const struct setup_header header = {
		.boot_flag = 0xaa55,
		.header = MAGIC_HDRS,
		.version = 0x20f,
		.loadflags = LOADED_HIGH,
		.initrd_addr_max = 0x7fffffff,
		.kernel_alignment = 0x1000000,
		.cmdline_size = BOOT_TEXT_BYTES - 1,
	};
	struct boot_params *params = make_params(ram, kernel, &header);
	uint64_t end = LOAD_HIGH;

	if (!load_elf(ram, kernel, &out->rip, &end) ||
	    (initrd && !copy_initrd(ram, initrd, params, end)))
		return false;
	out->cr3 = make_paging(ram);
	*(uint64_t *)ram_ptr(ram, LOAD_GDT + out->cs, 8) = CODE64;
	out->rsi = LOAD_INFO;
	return true;
}
