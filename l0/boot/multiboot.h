/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Multiboot 1 (the Multiboot Specification 0.6.96, section 3.3): what the loader hands to L0, and
 * what L0 hands to an L1 that is a multiboot kernel.
 */
#ifndef BOOT_MULTIBOOT_H
#define BOOT_MULTIBOOT_H

#include <stdint.h>

#define MULTIBOOT_HEADER_MAGIC 0x1badb002u
#define MULTIBOOT_BOOT_MAGIC   0x2badb002u

#define MULTIBOOT_INFO_MEMORY  (1u << 0)
#define MULTIBOOT_INFO_CMDLINE (1u << 2)
#define MULTIBOOT_INFO_MODS    (1u << 3)
#define MULTIBOOT_INFO_ELF     (1u << 5)
#define MULTIBOOT_INFO_MMAP    (1u << 6)
#define MULTIBOOT_INFO_LOADER  (1u << 9)

struct multiboot_info {
	uint32_t flags;
	uint32_t mem_lower, mem_upper; /* KiB */
	uint32_t boot_device;
	uint32_t cmdline;
	uint32_t mods_count, mods_addr;
	uint32_t syms[4]; /* ELF: headers, size of one, address of the first, that of the names */
	uint32_t mmap_length, mmap_addr;
	uint32_t drives_length, drives_addr;
	uint32_t config_table;
	uint32_t boot_loader_name;
	uint32_t apm_table;
};

struct multiboot_module {
	uint32_t start, end;
	uint32_t string;
	uint32_t reserved;
};

#define MULTIBOOT_MMAP_RAM 1u

struct multiboot_mmap {
	uint32_t size; /* of what follows */
	uint64_t base, length;
	uint32_t type;
} __attribute__((packed));

/* Section 3.1.1: the header that a kernel carries in its first 8 KiB, on a 4-byte boundary. */
#define MULTIBOOT_HEADER_SEARCH  8192u
#define MULTIBOOT_HEADER_ADDRESS (1u << 16)
/* A loader must know each of the low sixteen bits: page-aligned modules, memory, video. */
#define MULTIBOOT_HEADER_UNKNOWN 0xfff8u

struct multiboot_header {
	uint32_t magic, flags, checksum;
	uint32_t header_addr, load_addr, load_end_addr, bss_end_addr, entry_addr;
};

#endif
