// SPDX-License-Identifier: Apache-2.0
/* ELF images of L1 kernels, by physical address. */
#include <elf.h>

#include "lib/print.h"
#include "lib/string.h"
#include "load/load.h"

bool load_segment(const struct ram *ram, const uint8_t *image, uint64_t image_size, uint64_t offset,
		  uint64_t to, uint64_t file_size, uint64_t memory_size, uint64_t *end)
{
	uint8_t *p;

	if (memory_size < file_size)
		memory_size = file_size;
	p = ram_ptr(ram, to, memory_size);
	if (to < LOAD_HIGH || !p || offset > image_size || file_size > image_size - offset) {
		say("L1's kernel has a segment at %lx of %lu bytes that does not fit", to,
		    memory_size);
		return false;
	}
	memcpy(p, image + offset, file_size);
	memset(p + file_size, 0, memory_size - file_size);
	if (to + memory_size > *end)
		*end = to + memory_size;
	return true;
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
			Elf##bits##_Phdr p;                                                        \
                                                                                                   \
			if (at > size || sizeof(p) > size - at) {                                  \
				say("L1's kernel image is cut short");                             \
				return false;                                                      \
			}                                                                          \
			memcpy(&p, image + at, sizeof(p)); /* it may lie anywhere */               \
			if (p.p_type != PT_LOAD || !p.p_memsz)                                     \
				continue;                                                          \
			if (!load_segment(ram, image, size, p.p_offset, p.p_paddr, p.p_filesz,     \
					  p.p_memsz, end))                                         \
				return false;                                                      \
		}                                                                                  \
		*entry = e->e_entry;                                                               \
		return true;                                                                       \
	}

LOAD_ELF(32)
LOAD_ELF(64)

bool load_is_elf(const struct boot_module *kernel)
{
	return kernel->size > sizeof(Elf64_Ehdr) &&
	       !memcmp((const void *)(uintptr_t)kernel->hpa, ELFMAG, SELFMAG);
}

bool load_elf(const struct ram *ram, const struct boot_module *kernel, uint64_t *entry,
	      uint64_t *end)
{
	const uint8_t *image = (const void *)(uintptr_t)kernel->hpa;

	if (image[EI_CLASS] == ELFCLASS64)
		return load_elf64(ram, image, kernel->size, entry, end);
	return load_elf32(ram, image, kernel->size, entry, end);
}
