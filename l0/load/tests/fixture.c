// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/print.h"
#include "lib/string.h"

struct ram ram;
uint8_t *image;
struct boot_module module[MODULES];
struct entry_state entry;
unsigned said;
char last_line[200];

/* What the loaders need of L0's runtime. */
void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(last_line, sizeof(last_line), format, args);
	va_end(args);
	said++;
}

static uint64_t random_state = 1;

uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

uint64_t nasty(void)
{
	uint64_t r = next_random(), bit = 1ull << (r >> 8 & 63);

	switch (r & 3) {
	case 0:
		return r >> 16 & 0xffff;
	case 1:
		return bit - (r >> 16 & 0xffff);
	case 2:
		return bit + (r >> 16 & 0xffff);
	default:
		return next_random();
	}
}

void setup(void)
{
	static const char *const text[MODULES] = {"kernel.elf one two", "first a b", "second",
						  "third \"c d\""};
	void *memory = calloc(1, RAM_BYTES);

	ck_assert_ptr_nonnull(memory);
	ram_init(&ram, RAM_BYTES);
	ram.hpa_below = (uintptr_t)memory;
	for (unsigned i = 0; i < MODULES; i++) {
		uint64_t size = i ? 100 : IMAGE_BYTES;
		uint8_t *bytes = calloc(1, size);

		ck_assert_ptr_nonnull(bytes);
		memset(bytes, i ? (int)('0' + i) : 0, size);
		module[i] = (struct boot_module){(uintptr_t)bytes, size, text[i]};
	}
	image = (uint8_t *)(uintptr_t)module[0].hpa;
}

void teardown(void)
{
	free((void *)(uintptr_t)ram.hpa_below);
	free(image);
	for (unsigned i = 1; i < MODULES; i++)
		free((void *)(uintptr_t)module[i].hpa);
}

bool try_load(unsigned modules)
{
	unsigned before = said;

	entry = (struct entry_state){0};
	if (load_l1(&ram, module, modules, &entry))
		return true;
	ck_assert_uint_gt(said, before);
	return false;
}

void must_refuse(const char *words)
{
	ck_assert(!try_load(1));
	ck_assert_msg(strstr(last_line, words), "\"%s\" is not in \"%s\"", words, last_line);
}

void *guest(uint64_t gpa, uint64_t size)
{
	void *p = ram_ptr(&ram, gpa, size);

	ck_assert_ptr_nonnull(p);
	return p;
}

static void fill_segment(uint64_t bytes)
{
	for (uint64_t i = 0; i < bytes; i++)
		image[SEGMENT_OFFSET + i] = (uint8_t)(i + 1);
}

void make_elf64(uint64_t vaddr, uint64_t paddr, uint64_t bytes, uint64_t at)
{
	const Elf64_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB},
		.e_machine = EM_X86_64,
		.e_entry = at,
		.e_phoff = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 1,
	};
	const Elf64_Phdr segment = {
		.p_type = PT_LOAD,
		.p_offset = SEGMENT_OFFSET,
		.p_vaddr = vaddr,
		.p_paddr = paddr,
		.p_filesz = bytes,
		.p_memsz = 2 * bytes,
	};

	memcpy(image, &header, sizeof(header));
	memcpy(image + sizeof(header), &segment, sizeof(segment));
	fill_segment(bytes);
}

void make_elf32(uint32_t vaddr, uint32_t paddr, uint32_t bytes, uint32_t at)
{
	const Elf32_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB},
		.e_machine = EM_386,
		.e_entry = at,
		.e_phoff = sizeof(header),
		.e_phentsize = sizeof(Elf32_Phdr),
		.e_phnum = 1,
	};
	const Elf32_Phdr segment = {
		.p_type = PT_LOAD,
		.p_offset = SEGMENT_OFFSET,
		.p_vaddr = vaddr,
		.p_paddr = paddr,
		.p_filesz = bytes,
		.p_memsz = 2 * bytes,
	};

	memcpy(image, &header, sizeof(header));
	memcpy(image + sizeof(header), &segment, sizeof(segment));
	fill_segment(bytes);
}

struct multiboot_header *put_header1(uint32_t flags)
{
	struct multiboot_header *h = (void *)(image + HEADER_OFFSET);

	*h = (struct multiboot_header){.magic = MULTIBOOT_HEADER_MAGIC, .flags = flags};
	h->checksum = -(h->magic + h->flags);
	return h;
}
