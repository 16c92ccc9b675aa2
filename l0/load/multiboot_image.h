/* SPDX-License-Identifier: Apache-2.0 */
/* What multiboot 1 and 2 have in common: how a kernel is loaded, and what it is told. */
#ifndef LOAD_MULTIBOOT_IMAGE_H
#define LOAD_MULTIBOOT_IMAGE_H

#include "load/elf.h"
#include "load/modules.h"
#include "load/sections.h"

#define MULTIBOOT_LOADER_NAME "testudo"

/* The address fields of a header: a flat file's place, when it is no ELF or need not be read so. */
struct multiboot_addresses {
	uint32_t header, load, load_end, bss_end; /* the ends may be 0: the file's, none */
};

/* Where a kernel that may be moved wants to be. */
struct multiboot_range {
	uint32_t low, high; /* its first and last byte may not lie outside */
	uint32_t align;     /* a power of two, or 0 */
	bool highest;       /* as high as there is room; else as low, or where it was linked */
	bool linked;
};

/* What a header says, of either version. */
struct multiboot_image {
	uint64_t offset; /* of the header in the file */
	bool has_addresses, has_entry, has_range;
	struct multiboot_addresses addresses;
	uint32_t entry; /* physical; else the ELF file's */
	struct multiboot_range range;
};

/* What the boot information is written from. */
struct multiboot_facts {
	const struct ram *ram;
	const char *words; /* the command line */
	struct modules modules;
	uint64_t modules_gpa;
	struct elf elf;
	struct sections sections; /* of elf, when it was loaded as such */
	uint64_t base, entry;     /* where the kernel lies lowest, and begins */
};

/*
 * Loads the kernel, what is left of its sections and the modules, in this order, and fills @out.
 * @module is the kernel, @modules - 1 more follow it. False after a line.
 */
bool multiboot_image_load(struct layout *l, const struct multiboot_image *image,
			  const struct boot_module *module, unsigned modules,
			  struct multiboot_facts *out);

#endif
