// SPDX-License-Identifier: Apache-2.0
/*
 * Kernel images whose headers lie: nothing outside the image is read, nothing outside L1's RAM
 * written. Image and RAM are blocks of the heap of exactly their size, so the sanitizer is the
 * judge.
 */
#include <asm/bootparam.h>
#include <check.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "boot/multiboot.h"
#include "lib/print.h"
#include "lib/string.h"
#include "load/load.h"

#define RAM_BYTES    (4u << 20)
#define IMAGE_BYTES  16384u
#define SETUP_HEADER 0x1f1u
#define ROUNDS       20000

static struct ram ram;
static struct boot_info boot;
static uint8_t *image;
static unsigned said;

/* What the loaders need of L0's runtime. */
void say(const char *format, ...)
{
	(void)format;
	said++;
}

size_t string_copy(char *dst, const char *src, size_t size)
{
	size_t n = 0;

	for (; n + 1 < size && src[n]; n++)
		dst[n] = src[n];
	dst[n] = 0;
	return n;
}

static uint64_t random_state = 1;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Small, near a power of two, or anything: what breaks sums and comparisons. */
static uint64_t nasty(void)
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

static void setup(void)
{
	void *memory = malloc(RAM_BYTES);

	ck_assert_ptr_nonnull(memory);
	ram_init(&ram, RAM_BYTES);
	ram.hpa_below = (uintptr_t)memory;
	image = malloc(IMAGE_BYTES);
	ck_assert_ptr_nonnull(image);
	boot = (struct boot_info){.modules = 2};
	boot.module[0] = (struct boot_module){.hpa = (uintptr_t)image, .size = IMAGE_BYTES};
	boot.module[1] = (struct boot_module){.hpa = (uintptr_t)image, .size = 4096};
}

static void teardown(void)
{
	free((void *)(uintptr_t)ram.hpa_below);
	free(image);
}

/* Refused with a line, or loaded with a plausible entry. */
static void try(void)
{
	struct entry_state entry = {0};
	unsigned before = said;

	if (!load_l1(&ram, &boot, &entry))
		ck_assert_uint_gt(said, before);
}

START_TEST(bzimage)
{
	struct setup_header *h = (void *)(image + SETUP_HEADER);

	memset(image, 0, IMAGE_BYTES);
	for (unsigned i = 0; i < ROUNDS; i++) {
		*h = (struct setup_header){.boot_flag = 0xaa55, .header = 0x53726448};
		h->version = i & 1 ? 0x20f : (uint16_t)nasty();
		h->loadflags = LOADED_HIGH;
		h->setup_sects = (uint8_t)nasty();
		h->init_size = (uint32_t)nasty();
		h->pref_address = nasty();
		h->initrd_addr_max = (uint32_t)nasty();
		boot.module[1].size = i % 5 ? nasty() % IMAGE_BYTES : UINT32_MAX;
		try();
	}
}
END_TEST

static void random_elf64(void)
{
	Elf64_Ehdr *e = (void *)image;
	Elf64_Phdr *p;

	memset(image, 0, 4096);
	memcpy(e->e_ident, ELFMAG, SELFMAG);
	e->e_ident[EI_CLASS] = ELFCLASS64;
	e->e_phnum = (uint16_t)nasty();
	e->e_phentsize = next_random() & 1 ? sizeof(*p) : (uint16_t)nasty();
	e->e_phoff = next_random() & 3 ? 64 : nasty();
	e->e_entry = nasty();
	p = (void *)(image + 64);
	for (unsigned i = 0; i < 8; i++)
		p[i] = (Elf64_Phdr){.p_type = PT_LOAD,
				    .p_offset = nasty(),
				    .p_paddr = nasty(),
				    .p_filesz = nasty(),
				    .p_memsz = nasty()};
}

START_TEST(elf64)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		random_elf64();
		boot.module[1].size = nasty() % IMAGE_BYTES;
		try();
	}
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
}

START_TEST(multiboot)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		random_multiboot(i & 1);
		boot.module[1].size = i % 7 ? nasty() % IMAGE_BYTES : UINT32_MAX;
		try();
	}
}
END_TEST

/* Images too short for the header that they begin with. */
START_TEST(short_images)
{
	for (unsigned size = 0; size < 256; size++) {
		uint8_t *tail = malloc(size ? size : 1);

		ck_assert_ptr_nonnull(tail);
		random_elf64();
		memcpy(tail, image, size);
		boot.module[0] = (struct boot_module){.hpa = (uintptr_t)tail, .size = size};
		try();
		free(tail);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("load");
	TCase *cases = tcase_create("images that lie");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_set_timeout(cases, 120);
	tcase_add_test(cases, bzimage);
	tcase_add_test(cases, elf64);
	tcase_add_test(cases, multiboot);
	tcase_add_test(cases, short_images);
	suite_add_tcase(suite, cases);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
