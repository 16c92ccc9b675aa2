/* SPDX-License-Identifier: Apache-2.0 */
/* What the loader gave L0, copied to where nothing overwrites it. */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include <stdbool.h>
#include <stdint.h>

#define BOOT_MAX_MODULES 4
#define BOOT_MAX_RAM     32
#define BOOT_TEXT_BYTES  2048

struct boot_module {
	uint64_t hpa, size;         /* bytes, page-aligned start */
	char text[BOOT_TEXT_BYTES]; /* the module's string after its file name */
};

struct boot_range {
	uint64_t hpa, size;
};

struct boot_info {
	char cmdline[BOOT_TEXT_BYTES];
	struct boot_module module[BOOT_MAX_MODULES];
	unsigned modules;
	struct boot_range ram[BOOT_MAX_RAM]; /* usable RAM, as the loader saw it */
	unsigned ranges;
};

/*
 * Copies the multiboot 1 information at @mbi into @out. Returns false, with a line on the
 * console, if @magic is wrong or the information lacks the memory map.
 */
bool boot_parse(struct boot_info *out, uint32_t magic, uint32_t mbi);

/* Host-physical address of the first byte after L0's image and after every module. */
uint64_t boot_first_free(const struct boot_info *info);

#endif
