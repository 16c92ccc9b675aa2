/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ELF files of L1's kernel, both classes read as the 64-bit one. A file may lie about everything:
 * each header is read with its bounds, and what does not fit is false.
 */
#ifndef LOAD_ELF_H
#define LOAD_ELF_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

#include "boot/boot.h"
#include "load/layout.h"

struct elf {
	const uint8_t *image;
	uint64_t size;
	Elf64_Ehdr header;
};

/* False if @kernel is no ELF file for this processor, or shorter than its header. */
bool elf_open(struct elf *elf, const struct boot_module *kernel);

/* Program header and section header @i; false if it lies outside of the file. */
bool elf_program(const struct elf *elf, unsigned i, Elf64_Phdr *out);
bool elf_section(const struct elf *elf, unsigned i, Elf64_Shdr *out);

/* [@low, @high) is what the loadable segments span by physical address; false after a line. */
bool elf_span(const struct elf *elf, uint64_t *low, uint64_t *high);

/* Copies the segments to their physical addresses plus @shift; false after a line. */
bool elf_load(const struct elf *elf, struct layout *l, uint64_t shift);

/*
 * The physical address of the entry point. Some files have a physical one, others a virtual one,
 * which is translated by the segment that it lies in, as GRUB does.
 */
uint64_t elf_entry(const struct elf *elf);

#endif
