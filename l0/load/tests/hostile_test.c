// SPDX-License-Identifier: Apache-2.0
/*
 * Kernel images whose headers lie: nothing outside the image is read, nothing outside L1's RAM
 * written. Each is refused with a line, or loaded.
 */
#include <asm/bootparam.h>

#include "fixture.h"

#define SETUP_HEADER 0x1f1u

/* A size that the block has not, but only where nothing could be copied from it. */
static void other_module(unsigned i)
{
	module[1].size = i % 7 ? nasty() % 100 : UINT32_MAX;
}

START_TEST(bzimage)
{
	struct setup_header *h = (void *)(image + SETUP_HEADER);

	for (unsigned i = 0; i < ROUNDS; i++) {
		*h = (struct setup_header){.boot_flag = 0xaa55, .header = 0x53726448};
		h->version = i & 1 ? 0x20f : (uint16_t)nasty();
		h->loadflags = LOADED_HIGH;
		h->setup_sects = (uint8_t)nasty();
		h->init_size = (uint32_t)nasty();
		h->pref_address = nasty();
		h->initrd_addr_max = (uint32_t)nasty();
		other_module(i);
		try_load(2);
	}
}
END_TEST

static void random_elf64(void)
{
	Elf64_Ehdr *e = (void *)image;
	Elf64_Phdr *p = (void *)(image + 64);

	memset(image, 0, 4096);
	memcpy(e->e_ident, ELFMAG, SELFMAG);
	e->e_ident[EI_CLASS] = ELFCLASS64;
	e->e_machine = EM_X86_64;
	e->e_phnum = (uint16_t)nasty();
	e->e_phentsize = next_random() & 1 ? sizeof(*p) : (uint16_t)nasty();
	e->e_phoff = next_random() & 3 ? 64 : nasty();
	e->e_entry = nasty();
	for (unsigned i = 0; i < 8; i++)
		p[i] = (Elf64_Phdr){.p_type = PT_LOAD,
				    .p_offset = nasty(),
				    .p_vaddr = nasty(),
				    .p_paddr = nasty(),
				    .p_filesz = nasty(),
				    .p_memsz = nasty()};
}

START_TEST(elf64)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		random_elf64();
		if (i & 1)
			put_header1(3);
		other_module(i);
		try_load(2);
	}
}
END_TEST

/* What is small enough to be loaded, on top of each other and of what L0 has there. */
START_TEST(overlapping)
{
	Elf64_Ehdr *e = (void *)image;
	Elf64_Phdr *p = (void *)(image + 64);
	unsigned loaded = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		random_elf64();
		e->e_phnum = 3;
		e->e_phentsize = sizeof(*p);
		e->e_phoff = 64;
		for (unsigned k = 0; k < 3; k++)
			p[k] = (Elf64_Phdr){.p_type = PT_LOAD,
					    .p_offset = next_random() % 64,
					    .p_paddr = next_random() % 0xa0000,
					    .p_filesz = next_random() % IMAGE_BYTES,
					    .p_memsz = next_random() % 0x90000};
		e->e_entry = p[0].p_paddr;
		put_header1(3);
		loaded += try_load(2);
	}
	ck_assert_uint_gt(loaded, ROUNDS / 100);
}
END_TEST

START_TEST(many_segments)
{
	Elf64_Ehdr *e = (void *)image;
	Elf64_Phdr *p = (void *)(image + 4096);

	make_elf64(0x100000, 0x100000, 16, 0x100000);
	for (unsigned i = 0; i < 100; i++)
		p[i] = (Elf64_Phdr){.p_type = PT_LOAD, .p_paddr = 0x100000 + 16 * i, .p_memsz = 16};
	e->e_phoff = 4096;
	e->e_phnum = 100;
	must_refuse("more than 60 segments");
}
END_TEST

static void random_multiboot(bool addresses)
{
	struct multiboot_header *h = (void *)(image + 4 * (next_random() % 2040));

	memset(image, 0, 8192);
	h->magic = MULTIBOOT_HEADER_MAGIC;
	h->flags = addresses ? MULTIBOOT_HEADER_ADDRESS : 0;
	h->checksum = -(h->magic + h->flags);
	h->header_addr = (uint32_t)nasty();
	h->load_addr = (uint32_t)nasty();
	h->load_end_addr = (uint32_t)nasty();
	h->bss_end_addr = (uint32_t)nasty();
	h->entry_addr = next_random() & 1 ? h->load_addr : (uint32_t)nasty();
}

START_TEST(multiboot)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		random_multiboot(i & 1);
		other_module(i);
		try_load(2);
	}
}
END_TEST

/* Images too short for the header that they begin with. */
START_TEST(short_images)
{
	for (unsigned size = 0; size < 2048; size++) {
		uint8_t *tail = malloc(size ? size : 1);

		ck_assert_ptr_nonnull(tail);
		random_elf64();
		put_header1(3);
		memcpy(tail, image, size);
		module[0].hpa = (uintptr_t)tail;
		module[0].size = size;
		try_load(1);
		free(tail);
	}
}
END_TEST

TCase *hostile_cases(void)
{
	TCase *cases = tcase_create("images that lie");

	tcase_add_test(cases, bzimage);
	tcase_add_test(cases, elf64);
	tcase_add_test(cases, overlapping);
	tcase_add_test(cases, many_segments);
	tcase_add_test(cases, multiboot);
	tcase_add_test(cases, short_images);
	return cases;
}
