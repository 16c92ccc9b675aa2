/* SPDX-License-Identifier: Apache-2.0 */
/* Puts L1 into its memory: what runs first, and in which state. */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "boot/boot.h"
#include "memory/ram.h"
#include "vcpu/vmcs01.h"

/* Where L0 puts its own things below 1 MiB; the ACPI tables are in the BIOS area, as on a PC. */
#define LOAD_GDT     0x1000ull
#define LOAD_INFO    0x2000ull /* boot_params, or the multiboot information */
#define LOAD_TABLES  0x4000ull /* multiboot memory map, modules and strings */
#define LOAD_CMDLINE 0x8000ull
#define LOAD_PAGING  0x9000ull /* six pages: 4 GiB one to one, for a 64-bit entry */
#define LOAD_STACK   0x7f000ull
#define LOAD_EBDA    0x9fc00ull /* end of low RAM, as firmware reports it */
#define LOAD_ACPI    0xe0000ull
#define LOAD_HIGH    0x100000ull

/* The memory map that L1 is told: one row a range. */
#define LOAD_MAP_ROWS 5
enum load_memory { LOAD_RAM = 1, LOAD_RESERVED = 2 };
struct load_map {
	uint64_t base, size;
	uint32_t type;
};

/* Fills @map from the layout above; returns its rows. */
unsigned load_memory_map(const struct ram *ram, struct load_map map[LOAD_MAP_ROWS]);

/*
 * Loads module 0 (a bzImage of boot protocol 2.06 or later, a vmlinux or a multiboot 1 kernel) and
 * module 1 (initrd or first module). False after a line on the console that says what is wrong.
 */
bool load_l1(const struct ram *ram, const struct boot_info *boot, struct entry_state *out);

/* The kinds. A vmlinux is the ELF that a bzImage carries: it saves L1 the decompression. */
bool load_is_bzimage(const struct boot_module *kernel);
bool load_bzimage(const struct ram *ram, const struct boot_module *kernel,
		  const struct boot_module *initrd, struct entry_state *out);
bool load_is_multiboot(const struct boot_module *kernel);
bool load_vmlinux(const struct ram *ram, const struct boot_module *kernel,
		  const struct boot_module *initrd, struct entry_state *out);
bool load_multiboot(const struct ram *ram, const struct boot_module *kernel,
		    const struct boot_module *module, struct entry_state *out);

/* An ELF file's segments to their physical addresses; @end grows to the last byte used. */
bool load_is_elf(const struct boot_module *kernel);
bool load_elf(const struct ram *ram, const struct boot_module *kernel, uint64_t *entry,
	      uint64_t *end);

/* Copies one piece of @image and clears what follows it; false if it has no room in L1's RAM. */
bool load_segment(const struct ram *ram, const uint8_t *image, uint64_t image_size, uint64_t offset,
		  uint64_t to, uint64_t file_size, uint64_t memory_size, uint64_t *end);

#endif
