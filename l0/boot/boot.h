/* SPDX-License-Identifier: Apache-2.0 */
/* What the loader gave L0, copied to where nothing overwrites it. */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include <stdbool.h>
#include <stdint.h>

#define BOOT_MAX_RAM 32

/* @text is the module's string, "NAME [words...]" (load/README.md). */
struct boot_module {
	uint64_t hpa, size; /* bytes, page-aligned start */
	const char *text;   /* never NULL */
};

struct boot_range {
	uint64_t hpa, size;
};

struct boot_info {
	const char *cmdline; /* L0's own, without its name */
	const struct boot_module *module;
	unsigned modules;                    /* as many as the loader's memory held */
	struct boot_range ram[BOOT_MAX_RAM]; /* usable RAM, as the loader saw it */
	unsigned ranges;
	uint64_t first_free; /* host-physical: behind L0, all modules and the copies */
};

/*
 * Copies the multiboot 1 information at @mbi behind all that the loader has loaded, and its ranges
 * of RAM into @out; afterwards the loader's own places are free, but for the modules. Returns
 * false, with a line on the console, if @magic is wrong, the information lacks the memory map or
 * there is no RAM for the copy.
 */
bool boot_parse(struct boot_info *out, uint32_t magic, uint32_t mbi);

/* Host-physical address of the first byte that is behind L0's image and all that it was given. */
uint64_t boot_first_free(const struct boot_info *info);

#endif
