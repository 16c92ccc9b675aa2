/* SPDX-License-Identifier: Apache-2.0 */
/* Multiboot 1, as far as micro (the loaded) and vmm (the loader) speak it. */
#ifndef MULTIBOOT_H
#define MULTIBOOT_H

#include <stdint.h>

#define MULTIBOOT_HEADER_MAGIC 0x1badb002u
#define MULTIBOOT_LOADER_MAGIC 0x2badb002u
#define MULTIBOOT_SEARCH       8192u /* the header lies in so many first bytes of the file */

/* Bits of the header: what the payload asks for. Those below 16 must be understood. */
#define MULTIBOOT_WANT_ALIGN  (1u << 0)
#define MULTIBOOT_WANT_MEMORY (1u << 1)
#define MULTIBOOT_WANT_VIDEO  (1u << 2)
#define MULTIBOOT_ADDRESSES   (1u << 16)

/* Bits of the information: what the loader has filled in. */
#define MULTIBOOT_HAS_MEMORY  (1u << 0)
#define MULTIBOOT_HAS_CMDLINE (1u << 2)
#define MULTIBOOT_HAS_MODULES (1u << 3)
#define MULTIBOOT_HAS_MAP     (1u << 6)
#define MULTIBOOT_HAS_NAME    (1u << 9)

struct multiboot_info {
	uint32_t flags;
	uint32_t mem_lower; /* KiB from 0 */
	uint32_t mem_upper; /* KiB from 1 MiB */
	uint32_t boot_device;
	uint32_t cmdline;
	uint32_t mods_count;
	uint32_t mods_addr;
	uint32_t syms[4];
	uint32_t mmap_length; /* bytes */
	uint32_t mmap_addr;
	uint32_t drives_length;
	uint32_t drives_addr;
	uint32_t config_table;
	uint32_t boot_loader_name;
};

struct multiboot_module {
	uint32_t start;
	uint32_t end;
	uint32_t cmdline;
	uint32_t reserved;
};

#define MULTIBOOT_RAM 1u

struct multiboot_region {
	uint32_t size; /* of the rest: the next region is at &base + size */
	uint64_t base;
	uint64_t length;
	uint32_t type;
} __attribute__((packed));

#endif
