// SPDX-License-Identifier: Apache-2.0
#include "payload.h"

#include <elf.h>
#include <stdbool.h>
#include <string.h>

#include "multiboot.h"

// What is needed of a program header, of either class.
struct segment {
	uint64_t offset, in_file, in_memory, address;
};

// Written so that no sum of values from the file can wrap.
static bool fits(uint64_t start, uint64_t length, uint64_t size)
{
	return start <= size && length <= size - start;
}

static const char *place(const uint8_t *file, size_t size, const struct segment *s, struct ram ram)
{
	if (s->in_file > s->in_memory || !fits(s->offset, s->in_file, size))
		return "a segment reaches beyond the end of the file";
	if (s->in_memory == 0)
		return NULL;
	if (s->address < PAYLOAD_LOWEST)
		return "a segment lies below 64 KiB, which is the loader's";
	if (!fits(s->address, s->in_memory, ram.size))
		return "a segment does not fit into the guest's memory (more --memory?)";
	// Memory is zero already: not writing the rest leaves those pages untouched.
	memcpy(ram.bytes + s->address, file + s->offset, s->in_file);
	return NULL;
}

static bool segment32(const uint8_t *header, struct segment *s)
{
	Elf32_Phdr p;

	memcpy(&p, header, sizeof(p));
	*s = (struct segment){p.p_offset, p.p_filesz, p.p_memsz, p.p_paddr};
	return p.p_type == PT_LOAD;
}

static bool segment64(const uint8_t *header, struct segment *s)
{
	Elf64_Phdr p;

	memcpy(&p, header, sizeof(p));
	*s = (struct segment){p.p_offset, p.p_filesz, p.p_memsz, p.p_paddr};
	return p.p_type == PT_LOAD;
}

// The part of an ELF header that says where the program headers are.
struct headers {
	uint64_t offset, entry;
	size_t count, each, least;
	bool (*read)(const uint8_t *header, struct segment *s);
};

static const char *elf_headers(const uint8_t *file, size_t size, struct headers *h)
{
	if (file[EI_CLASS] == ELFCLASS32 && size >= sizeof(Elf32_Ehdr)) {
		Elf32_Ehdr e;

		memcpy(&e, file, sizeof(e));
		*h = (struct headers){e.e_phoff,     e.e_entry,          e.e_phnum,
				      e.e_phentsize, sizeof(Elf32_Phdr), segment32};
		return e.e_machine == EM_386 ? NULL : "a 32-bit ELF file, but not for the 80386";
	}
	if (file[EI_CLASS] == ELFCLASS64 && size >= sizeof(Elf64_Ehdr)) {
		Elf64_Ehdr e;

		memcpy(&e, file, sizeof(e));
		*h = (struct headers){e.e_phoff,     e.e_entry,          e.e_phnum,
				      e.e_phentsize, sizeof(Elf64_Phdr), segment64};
		return e.e_machine == EM_X86_64 ? NULL : "a 64-bit ELF file, but not for x86-64";
	}
	return "the ELF header is cut off or of no known class";
}

static const char *load_elf(const uint8_t *file, size_t size, struct ram ram, uint32_t *entry)
{
	struct headers h;
	const char *wrong = elf_headers(file, size, &h);
	bool entry_inside = false;

	if (wrong != NULL)
		return wrong;
	if (h.each < h.least || !fits(h.offset, (uint64_t)h.count * h.each, size))
		return "the program headers are cut off";
	for (size_t i = 0; i < h.count; i++) {
		struct segment s;

		if (!h.read(file + h.offset + i * h.each, &s))
			continue;
		wrong = place(file, size, &s, ram);
		if (wrong != NULL)
			return wrong;
		entry_inside |= h.entry >= s.address && h.entry - s.address < s.in_memory;
	}
	*entry = (uint32_t)h.entry;
	return entry_inside ? NULL : "the entry point lies in no segment";
}

// The header's place is a multiple of four; its three first words add up to zero.
static bool find_multiboot(const uint8_t *file, size_t size, uint32_t *flags)
{
	size_t stop = size < MULTIBOOT_SEARCH ? size : MULTIBOOT_SEARCH;

	for (size_t at = 0; at + 12 <= stop; at += 4) {
		uint32_t word[3];

		memcpy(word, file + at, sizeof(word));
		if (word[0] == MULTIBOOT_HEADER_MAGIC && word[0] + word[1] + word[2] == 0) {
			*flags = word[1];
			return true;
		}
	}
	return false;
}

static const char *load_flat(const uint8_t *file, size_t size, struct ram ram,
			     struct payload *payload)
{
	const struct segment all = {0, size, size, PAYLOAD_FLAT};

	*payload = (struct payload){ENTRY_LONG, PAYLOAD_FLAT};
	return place(file, size, &all, ram);
}

const char *payload_load(const uint8_t *file, size_t size, struct ram ram, struct payload *payload)
{
	const uint32_t understood = MULTIBOOT_WANT_ALIGN | MULTIBOOT_WANT_MEMORY;
	uint32_t flags = 0;
	bool elf = size > EI_CLASS && memcmp(file, ELFMAG, SELFMAG) == 0;
	bool multiboot = find_multiboot(file, size, &flags);

	if (size == 0)
		return "the file is empty";
	if (multiboot && (flags & 0xffff & ~understood))
		return "its multiboot header asks for something vmm does not have (video?)";
	if (multiboot && !elf)
		return "a multiboot payload must be an ELF file";
	if (!elf)
		return load_flat(file, size, ram, payload);
	if (!multiboot && file[EI_CLASS] == ELFCLASS32)
		return "a 32-bit ELF file without a multiboot header";
	payload->state = multiboot ? ENTRY_MULTIBOOT : ENTRY_LONG;
	return load_elf(file, size, ram, &payload->entry);
}
