// SPDX-License-Identifier: Apache-2.0
#include "load/elf.h"

#include "lib/print.h"
#include "lib/string.h"
#include "load/image.h"

/* @size bytes at @at of the file, which need not be aligned. */
static bool read_bytes(const struct elf *elf, uint64_t at, void *out, uint64_t size)
{
	if (at > elf->size || size > elf->size - at)
		return false;
	memcpy(out, elf->image + at, size);
	return true;
}

static bool is_64(const struct elf *elf)
{
	return elf->image[EI_CLASS] == ELFCLASS64;
}

/* What the 32-bit class has, with the names of the 64-bit one. */
static bool read_header32(struct elf *elf)
{
	Elf32_Ehdr h;

	if (!read_bytes(elf, 0, &h, sizeof(h)))
		return false;
	elf->header = (Elf64_Ehdr){
		.e_machine = h.e_machine,
		.e_entry = h.e_entry,
		.e_phoff = h.e_phoff,
		.e_shoff = h.e_shoff,
		.e_phentsize = h.e_phentsize,
		.e_phnum = h.e_phnum,
		.e_shentsize = h.e_shentsize,
		.e_shnum = h.e_shnum,
		.e_shstrndx = h.e_shstrndx,
	};
	return true;
}

bool elf_open(struct elf *elf, const struct boot_module *kernel)
{
	*elf = (struct elf){.image = (const void *)(uintptr_t)kernel->hpa, .size = kernel->size};
	if (elf->size < EI_NIDENT || memcmp(elf->image, ELFMAG, SELFMAG))
		return false;
	if (!(is_64(elf) ? read_bytes(elf, 0, &elf->header, sizeof(elf->header))
			 : read_header32(elf)))
		return false;
	return elf->header.e_machine == EM_386 || elf->header.e_machine == EM_X86_64;
}

bool elf_program(const struct elf *elf, unsigned i, Elf64_Phdr *out)
{
	uint64_t at = elf->header.e_phoff + (uint64_t)i * elf->header.e_phentsize;
	Elf32_Phdr p;

	if (is_64(elf))
		return read_bytes(elf, at, out, sizeof(*out));
	if (!read_bytes(elf, at, &p, sizeof(p)))
		return false;
	*out = (Elf64_Phdr){
		.p_type = p.p_type,
		.p_offset = p.p_offset,
		.p_vaddr = p.p_vaddr,
		.p_paddr = p.p_paddr,
		.p_filesz = p.p_filesz,
		.p_memsz = p.p_memsz,
	};
	return true;
}

bool elf_section(const struct elf *elf, unsigned i, Elf64_Shdr *out)
{
	uint64_t at = elf->header.e_shoff + (uint64_t)i * elf->header.e_shentsize;
	Elf32_Shdr s;

	if (is_64(elf))
		return read_bytes(elf, at, out, sizeof(*out));
	if (!read_bytes(elf, at, &s, sizeof(s)))
		return false;
	*out = (Elf64_Shdr){
		.sh_name = s.sh_name,
		.sh_type = s.sh_type,
		.sh_flags = s.sh_flags,
		.sh_addr = s.sh_addr,
		.sh_offset = s.sh_offset,
		.sh_size = s.sh_size,
		.sh_link = s.sh_link,
		.sh_info = s.sh_info,
		.sh_addralign = s.sh_addralign,
		.sh_entsize = s.sh_entsize,
	};
	return true;
}

/* The next segment from *i on that is to be loaded; *i is then behind it. */
static bool next_segment(const struct elf *elf, unsigned *i, Elf64_Phdr *p)
{
	while (*i < elf->header.e_phnum && elf_program(elf, (*i)++, p))
		if (p->p_type == PT_LOAD && p->p_memsz)
			return true;
	return false;
}

/* A header that is not in the file, or a size with which an address would wrap. */
static bool is_whole(const struct elf *elf)
{
	Elf64_Phdr p;

	for (unsigned i = 0; i < elf->header.e_phnum; i++)
		if (!elf_program(elf, i, &p) || p.p_paddr + p.p_memsz < p.p_paddr) {
			say("L1's kernel image is cut short or has impossible segments");
			return false;
		}
	return true;
}

bool elf_span(const struct elf *elf, uint64_t *low, uint64_t *high)
{
	Elf64_Phdr p;

	if (!is_whole(elf))
		return false;
	*low = UINT64_MAX;
	*high = 0;
	for (unsigned i = 0; next_segment(elf, &i, &p);) {
		*low = p.p_paddr < *low ? p.p_paddr : *low;
		*high = p.p_paddr + p.p_memsz > *high ? p.p_paddr + p.p_memsz : *high;
	}
	if (*low < *high)
		return true;
	say("L1's kernel is an ELF file without anything to load");
	return false;
}

bool elf_load(const struct elf *elf, struct layout *l, uint64_t shift)
{
	const struct image_file file = {elf->image, elf->size};
	Elf64_Phdr p;

	if (!is_whole(elf))
		return false;
	for (unsigned i = 0; next_segment(elf, &i, &p);) {
		const struct image_piece piece = {p.p_offset, p.p_paddr + shift, p.p_filesz,
						  p.p_memsz};

		if (!image_load(l, &file, &piece))
			return false;
	}
	return true;
}

uint64_t elf_entry(const struct elf *elf)
{
	uint64_t entry = elf->header.e_entry;
	Elf64_Phdr p;

	for (unsigned i = 0; next_segment(elf, &i, &p);)
		if (entry >= p.p_vaddr && entry - p.p_vaddr < p.p_memsz)
			return entry - p.p_vaddr + p.p_paddr;
	return entry;
}
