// SPDX-License-Identifier: Apache-2.0
/* Multiboot 2 kernels: the tags of their headers, and those that they get. */
#include "fixture.h"

/* A header that grows by tags; the checksum is right after each. */
static uint32_t length;

static void put_length(void)
{
	struct multiboot2_header *h = (void *)(image + HEADER_OFFSET);

	h->length = length;
	h->checksum = -(h->magic + h->architecture + h->length);
}

static void begin_header(void)
{
	struct multiboot2_header *h = (void *)(image + HEADER_OFFSET);

	memset(h, 0, 1024);
	h->magic = MULTIBOOT2_HEADER_MAGIC;
	length = sizeof(*h);
	put_length();
}

static void add_tag(uint16_t type, uint16_t flags, const void *body, uint32_t size)
{
	const struct multiboot2_header_tag tag = {type, flags, (uint32_t)sizeof(tag) + size};

	memcpy(image + HEADER_OFFSET + length, &tag, sizeof(tag));
	if (size)
		memcpy(image + HEADER_OFFSET + length + sizeof(tag), body, size);
	length += (uint32_t)((sizeof(tag) + size + 7) & ~7ull);
	put_length();
}

static void make_kernel(void)
{
	memset(image, 0, IMAGE_BYTES);
	make_elf64(0xffff828000101000, 0x101000, 64, 0xffff82800010100c);
	begin_header();
}

/* The first tag of @type, or NULL; every tag is looked at, to the one that ends the list. */
static const struct multiboot2_tag *find(uint32_t type)
{
	const struct multiboot2_info *info = guest(entry.rbx, sizeof(*info));
	const struct multiboot2_tag *found = NULL, *tag;
	uint64_t at = sizeof(*info);

	ck_assert_uint_eq(entry.rax, MULTIBOOT2_BOOT_MAGIC);
	ck_assert_uint_eq(entry.rbx % 8, 0);
	do {
		tag = guest(entry.rbx + at, sizeof(*tag));
		ck_assert_uint_le(at + tag->size, info->size);
		if (tag->type == type && !found)
			found = tag;
		at += (tag->size + 7ull) & ~7ull;
	} while (tag->type != MULTIBOOT2_END);
	ck_assert_uint_eq(at, info->size);
	return found;
}

START_TEST(information)
{
	const struct multiboot2_memory *memory;
	const struct multiboot2_mmap *map;
	const struct multiboot2_mmap_row *row;

	make_kernel();
	add_tag(MULTIBOOT2_HEADER_END, 0, NULL, 0);
	memcpy(guest(LOAD_ACPI, 8), "RSD PTR ", 8);
	ck_assert(try_load(1));
	ck_assert_uint_eq(entry.rip, 0x10100c);
	ck_assert_str_eq((const char *)(find(MULTIBOOT2_CMDLINE) + 1), "kernel.elf one two");
	ck_assert_str_eq((const char *)(find(MULTIBOOT2_LOADER) + 1), "testudo");
	ck_assert_uint_eq(find(MULTIBOOT2_ACPI_OLD)->size, 28);
	ck_assert_uint_eq(find(MULTIBOOT2_ACPI_NEW)->size, 44);
	ck_assert(!memcmp(find(MULTIBOOT2_ACPI_NEW) + 1, "RSD PTR ", 8));
	ck_assert_ptr_null(find(MULTIBOOT2_MODULE));
	ck_assert_ptr_null(find(MULTIBOOT2_ELF));
	ck_assert_uint_eq(*(const uint32_t *)(find(MULTIBOOT2_LOAD_BASE) + 1), 0x101000);
	memory = (const void *)find(MULTIBOOT2_MEMORY);
	ck_assert_uint_eq(memory->lower, 639);
	ck_assert_uint_eq(memory->upper, RAM_BYTES / 1024 - 1024);
	map = (const void *)find(MULTIBOOT2_MMAP);
	ck_assert_uint_eq(map->row_size, 24);
	ck_assert_uint_eq(map->tag.size, sizeof(*map) + 4 * sizeof(*row));
	row = (const void *)(map + 1);
	ck_assert_uint_eq(row[3].base, 0x100000);
	ck_assert_uint_eq(row[3].length, RAM_BYTES - 0x100000);
	ck_assert_uint_eq(row[3].type, 1);
}
END_TEST

START_TEST(modules)
{
	const struct multiboot2_module *m;

	make_kernel();
	ck_assert(try_load(MODULES));
	m = (const void *)find(MULTIBOOT2_MODULE);
	for (unsigned i = 1; i < MODULES; i++) {
		ck_assert_uint_eq(m->tag.type, MULTIBOOT2_MODULE);
		ck_assert_uint_eq(m->start % 4096, 0);
		ck_assert_uint_eq(m->end - m->start, 100);
		ck_assert_uint_eq(*(uint8_t *)guest(m->start, 1), '0' + i);
		ck_assert_str_eq((const char *)(m + 1), module[i].text);
		m = (const void *)((const uint8_t *)m + ((m->tag.size + 7ull) & ~7ull));
	}
	ck_assert_uint_ne(m->tag.type, MULTIBOOT2_MODULE);
}
END_TEST

START_TEST(section_headers)
{
	Elf64_Ehdr *e = (void *)image;
	Elf64_Shdr *s = (void *)(image + 2560);
	const struct multiboot2_elf *elf;

	make_kernel();
	e->e_shoff = 2560;
	e->e_shnum = 2;
	e->e_shstrndx = 1;
	e->e_shentsize = sizeof(*s);
	s[1] = (Elf64_Shdr){.sh_type = SHT_STRTAB, .sh_offset = 3000, .sh_size = 9};
	memcpy(image + 3000, "\0symbols", 9);
	ck_assert(try_load(1));
	elf = (const void *)find(MULTIBOOT2_ELF);
	ck_assert_uint_eq(elf->count, 2);
	ck_assert_uint_eq(elf->header_size, sizeof(*s));
	ck_assert_uint_eq(elf->tag.size, sizeof(*elf) + 2 * sizeof(*s));
	ck_assert_uint_eq(elf->names, 1);
	memcpy(s, elf + 1, 2 * sizeof(*s));
	ck_assert_str_eq((char *)guest(s[1].sh_addr, 9) + 1, "symbols");
}
END_TEST

START_TEST(addresses_and_entry)
{
	struct multiboot2_header_address a = {0x100000 + HEADER_OFFSET, 0x100000, 0, 0x108000};
	const uint32_t at = 0x100040;

	memset(image, 0, IMAGE_BYTES);
	image[1] = 0x77;
	begin_header();
	add_tag(MULTIBOOT2_HEADER_ADDRESS, 0, &a, sizeof(a));
	must_refuse("no entry point");
	add_tag(MULTIBOOT2_HEADER_ENTRY, 0, &at, sizeof(at));
	ck_assert(try_load(1));
	ck_assert_uint_eq(entry.rip, at);
	ck_assert_uint_eq(*(uint8_t *)guest(0x100001, 1), 0x77);
	/* The file from its beginning, wherever its header stands. */
	a.load = UINT32_MAX;
	begin_header();
	add_tag(MULTIBOOT2_HEADER_ENTRY, 0, &at, sizeof(at));
	add_tag(MULTIBOOT2_HEADER_ADDRESS, 0, &a, sizeof(a));
	*(uint8_t *)guest(0x100001, 1) = 0;
	ck_assert(try_load(1));
	ck_assert_uint_eq(*(uint8_t *)guest(0x100001, 1), 0x77);
}
END_TEST

/* An entry tag overrules the ELF file's, and is physical. */
START_TEST(entry_of_an_elf)
{
	const uint32_t at = 0x101020;

	make_kernel();
	add_tag(MULTIBOOT2_HEADER_ENTRY, 0, &at, sizeof(at));
	ck_assert(try_load(1));
	ck_assert_uint_eq(entry.rip, at);
}
END_TEST

START_TEST(relocatable)
{
	static const struct {
		struct multiboot2_header_relocatable tag;
		uint32_t base; /* 0: refused */
	} row[] = {
		{{0x100000, 0xffffffff, 4096, MULTIBOOT2_ANYWHERE}, 0x101000},
		{{0x100000, 0xffffffff, 4096, MULTIBOOT2_LOWEST}, 0x100000},
		{{0x200000, 0xffffffff, 0x200000, MULTIBOOT2_ANYWHERE}, 0x200000},
		{{0x100000, 0xffffffff, 0x200000, MULTIBOOT2_HIGHEST}, 0x200000},
		{{0x100000, 0x2fffff, 0, MULTIBOOT2_HIGHEST}, 0x300000 - 128},
		{{0x300000, 0x30007e, 1, MULTIBOOT2_LOWEST}, 0},
		{{0x300000, 0x30007f, 1, MULTIBOOT2_LOWEST}, 0x300000},
		{{0xffffffff, 0, 1, MULTIBOOT2_ANYWHERE}, 0},
		{{0x100000, 0xffffffff, 3, MULTIBOOT2_ANYWHERE}, 0},
		{{0x100000, 0xffffffff, 0x80000000, MULTIBOOT2_LOWEST}, 0},
	};

	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		make_kernel();
		add_tag(MULTIBOOT2_HEADER_RELOCATABLE, 0, &row[i].tag, sizeof(row[i].tag));
		ck_assert_uint_eq(try_load(2), row[i].base != 0);
		if (!row[i].base)
			continue;
		ck_assert_uint_eq(entry.rip, row[i].base + 0xc);
		ck_assert_uint_eq(*(uint8_t *)guest(entry.rip, 1), 0xd);
		ck_assert_uint_eq(*(const uint32_t *)(find(MULTIBOOT2_LOAD_BASE) + 1), row[i].base);
	}
}
END_TEST

START_TEST(requests)
{
	uint32_t types[] = {MULTIBOOT2_CMDLINE, 8, 21};

	make_kernel();
	add_tag(MULTIBOOT2_HEADER_REQUEST, 0, types, sizeof(types));
	ck_assert(try_load(1));
	types[1] = 22;
	make_kernel();
	add_tag(MULTIBOOT2_HEADER_REQUEST, MULTIBOOT2_OPTIONAL, types, sizeof(types));
	add_tag(77, MULTIBOOT2_OPTIONAL, types, sizeof(types));
	ck_assert(try_load(1));
	make_kernel();
	add_tag(MULTIBOOT2_HEADER_REQUEST, 0, types, sizeof(types));
	must_refuse("tag of type 1");
	make_kernel();
	add_tag(77, 0, types, sizeof(types));
	must_refuse("tag of type 77");
}
END_TEST

/* No header: a wrong sum, another architecture, a length beyond the file. */
START_TEST(not_a_header)
{
	struct multiboot2_header *h = (void *)(image + HEADER_OFFSET);

	memset(image, 0, IMAGE_BYTES);
	begin_header();
	must_refuse("no ELF");
	h->checksum++;
	must_refuse("neither");
	begin_header();
	h->architecture = 4; /* MIPS */
	h->checksum -= 4;
	must_refuse("neither");
	begin_header();
	length = IMAGE_BYTES;
	put_length();
	must_refuse("neither");
	length = 8;
	put_length();
	must_refuse("neither");
}
END_TEST

/* Tags of any type, flags and size, with anything inside, in front of a file that may be an ELF. */
START_TEST(tags_that_lie)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint8_t *tags = image + HEADER_OFFSET + sizeof(struct multiboot2_header);

		make_kernel();
		for (unsigned at = 0; at < 256; at += 8) {
			uint64_t word = nasty();

			memcpy(tags + at, &word, sizeof(word));
		}
		for (unsigned at = 0; at < 256; at += (unsigned)(8 + 8 * (next_random() % 4))) {
			const struct multiboot2_header_tag tag = {
				(uint16_t)(next_random() % 12), (uint16_t)(next_random() & 1),
				i & 1 ? (uint32_t)(next_random() % 40) : (uint32_t)nasty()};

			memcpy(tags + at, &tag, sizeof(tag));
		}
		length = 16 + (uint32_t)(next_random() % 256);
		put_length();
		try_load(2);
	}
}
END_TEST

TCase *multiboot2_cases(void)
{
	TCase *cases = tcase_create("multiboot 2");

	tcase_add_test(cases, information);
	tcase_add_test(cases, modules);
	tcase_add_test(cases, section_headers);
	tcase_add_test(cases, addresses_and_entry);
	tcase_add_test(cases, entry_of_an_elf);
	tcase_add_test(cases, relocatable);
	tcase_add_test(cases, requests);
	tcase_add_test(cases, not_a_header);
	tcase_add_test(cases, tags_that_lie);
	return cases;
}
