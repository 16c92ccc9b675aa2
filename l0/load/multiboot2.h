/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Multiboot2 Specification, version 2.0: 3.1 the header of a kernel, 3.6 the boot information.
 * Sizes are bytes; all tags begin at multiples of 8.
 */
#ifndef LOAD_MULTIBOOT2_H
#define LOAD_MULTIBOOT2_H

#include <stdint.h>

#define MULTIBOOT2_HEADER_MAGIC  0xe85250d6u
#define MULTIBOOT2_HEADER_SEARCH 32768u
#define MULTIBOOT2_BOOT_MAGIC    0x36d76289u
#define MULTIBOOT2_ALIGN         8u
#define MULTIBOOT2_I386          0u

struct multiboot2_header {
	uint32_t magic, architecture;
	uint32_t length; /* with its tags */
	uint32_t checksum;
};

enum multiboot2_header_type {
	MULTIBOOT2_HEADER_END,
	MULTIBOOT2_HEADER_REQUEST,
	MULTIBOOT2_HEADER_ADDRESS,
	MULTIBOOT2_HEADER_ENTRY,
	MULTIBOOT2_HEADER_CONSOLE,
	MULTIBOOT2_HEADER_FRAMEBUFFER,
	MULTIBOOT2_HEADER_MODULE_ALIGN,
	MULTIBOOT2_HEADER_EFI_SERVICES,
	MULTIBOOT2_HEADER_EFI32_ENTRY,
	MULTIBOOT2_HEADER_EFI64_ENTRY,
	MULTIBOOT2_HEADER_RELOCATABLE,
	MULTIBOOT2_HEADER_TYPES
};

#define MULTIBOOT2_OPTIONAL 1u /* in flags: a loader that does not know the tag may go on */

struct multiboot2_header_tag {
	uint16_t type, flags;
	uint32_t size; /* with this */
};

struct multiboot2_header_address {
	uint32_t header, load, load_end, bss_end;
};

enum multiboot2_preference { MULTIBOOT2_ANYWHERE, MULTIBOOT2_LOWEST, MULTIBOOT2_HIGHEST };

struct multiboot2_header_relocatable {
	uint32_t low, high, align, preference;
};

enum multiboot2_type {
	MULTIBOOT2_END = 0,
	MULTIBOOT2_CMDLINE = 1,
	MULTIBOOT2_LOADER = 2,
	MULTIBOOT2_MODULE = 3,
	MULTIBOOT2_MEMORY = 4,
	MULTIBOOT2_MMAP = 6,
	MULTIBOOT2_ELF = 9,
	MULTIBOOT2_ACPI_OLD = 14,
	MULTIBOOT2_ACPI_NEW = 15,
	MULTIBOOT2_LOAD_BASE = 21,
	MULTIBOOT2_TYPES
};

struct multiboot2_tag {
	uint32_t type, size; /* with this, without what aligns the next */
};

struct multiboot2_info {
	uint32_t size, reserved;
};

struct multiboot2_module {
	struct multiboot2_tag tag;
	uint32_t start, end; /* and the string */
};

struct multiboot2_memory {
	struct multiboot2_tag tag;
	uint32_t lower, upper; /* KiB */
};

struct multiboot2_mmap {
	struct multiboot2_tag tag;
	uint32_t row_size, row_version; /* and the rows */
};

struct multiboot2_mmap_row {
	uint64_t base, length;
	uint32_t type, reserved;
};

struct multiboot2_elf {
	struct multiboot2_tag tag;
	uint32_t count, header_size, names; /* and the headers */
};

#endif
