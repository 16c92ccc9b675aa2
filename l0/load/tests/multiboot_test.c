// SPDX-License-Identifier: Apache-2.0
/* Multiboot 1 kernels, and where they lie. */
#include "fixture.h"

static struct multiboot_info *info(void)
{
	ck_assert_uint_eq(entry.rax, MULTIBOOT_BOOT_MAGIC);
	return guest(entry.rbx, sizeof(struct multiboot_info));
}

/* The segment's bytes, then zeros. */
static void check_segment(uint64_t paddr, unsigned bytes)
{
	const uint8_t *p = guest(paddr, 2 * bytes);

	for (unsigned i = 0; i < 2 * bytes; i++)
		ck_assert_uint_eq(p[i], i < bytes ? (uint8_t)(i + 1) : 0);
}

static void check_outside(uint64_t at, uint64_t size, uint64_t paddr, uint64_t bytes)
{
	ck_assert(at + size <= paddr || at >= paddr + bytes);
}

/* Wherever the kernel lies, what L0 adds does not. */
START_TEST(low_segments)
{
	static const uint32_t places[] = {0x500,  0x1000,  0x2000,        0x8000,
					  0xf800, 0x10000, 0x9fc00 - 4096};

	put_header1(3);
	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		make_elf32(places[i], places[i], 2048, places[i] + 8);
		ck_assert(try_load(3));
		ck_assert_uint_eq(entry.rip, places[i] + 8);
		check_segment(places[i], 2048);
		check_outside(entry.rbx, sizeof(*info()), places[i], 4096);
		check_outside(info()->mmap_addr, info()->mmap_length, places[i], 4096);
		check_outside(info()->cmdline, 20, places[i], 4096);
		check_outside(entry.gdt, 4096, places[i], 4096);
	}
}
END_TEST

/* All of low memory taken: the tables lie behind the kernel, and still nothing overlaps. */
START_TEST(no_low_memory_left)
{
	Elf32_Phdr *p = (void *)(image + sizeof(Elf32_Ehdr));

	put_header1(3);
	make_elf32(0x500, 0x500, 2048, 0x508);
	p->p_memsz = 0x9fc00 - 0x500;
	ck_assert(try_load(3));
	ck_assert_uint_ge(entry.rbx, LOAD_HIGH);
	ck_assert_uint_ge(info()->cmdline, LOAD_HIGH);
	ck_assert_uint_ge(entry.gdt, LOAD_HIGH);
	ck_assert_str_eq(guest(info()->cmdline, 19), "kernel.elf one two");
}
END_TEST

START_TEST(overlaps_are_named)
{
	put_header1(3);
	make_elf32(0x4f0, 0x4f0, 64, 0x4f0);
	must_refuse("[0, 500): the interrupt vectors and the BIOS data area");
	make_elf32(0x9fc00, 0x9fc00, 64, 0x9fc00);
	must_refuse("the extended BIOS data area");
	make_elf32(0xe0000, 0xe0000, 64, 0xe0000);
	must_refuse("ACPI tables");
	make_elf32(0x8000000, 0x8000000, 64, 0x8000000);
	must_refuse("knob memory");
}
END_TEST

/* The last one: an entry point in no segment, virtual or physical. */
START_TEST(entry_points)
{
	static const struct {
		uint32_t vaddr, entry, rip;
	} row[] = {
		{0x101000, 0x10100c, 0x10100c},   {0x40101000, 0x4010100c, 0x10100c},
		{0x40101000, 0x10100c, 0x10100c}, {0x101008, 0x10100c, 0x101004},
		{0x40101000, 0x40101080, 0},
	};

	put_header1(0);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		make_elf32(row[i].vaddr, 0x101000, 64, row[i].entry);
		ck_assert_uint_eq(try_load(1), row[i].rip != 0);
		if (row[i].rip)
			ck_assert_uint_eq(entry.rip, row[i].rip);
		else
			must_refuse("entry point 40101080");
	}
	make_elf64(0xffff828000101000, 0x101000, 64, 0xffff82800010100c);
	ck_assert(try_load(1));
	ck_assert_uint_eq(entry.rip, 0x10100c);
}
END_TEST

START_TEST(modules)
{
	const struct multiboot_module *m;
	uint64_t end = 0x101000;

	put_header1(3);
	make_elf32(0x100000, 0x100000, 64, 0x100000);
	ck_assert(try_load(MODULES));
	ck_assert_uint_eq(info()->mods_count, MODULES - 1);
	m = guest(info()->mods_addr, (MODULES - 1) * sizeof(*m));
	for (unsigned i = 0; i < MODULES - 1; i++) {
		ck_assert_uint_eq(m[i].start, end);
		ck_assert_uint_eq(m[i].end - m[i].start, 100);
		ck_assert_uint_eq(*(uint8_t *)guest(m[i].end - 1, 1), '1' + i);
		ck_assert_str_eq(guest(m[i].string, 12), module[i + 1].text);
		end += 4096;
	}
	ck_assert_str_eq(guest(info()->cmdline, 19), "kernel.elf one two");
	ck_assert_str_eq(guest(info()->boot_loader_name, 8), "testudo");
}
END_TEST

/* More than any table of fixed size would hold. */
START_TEST(many_modules)
{
	enum { MANY = 500 };
	struct boot_module many[MANY];
	const struct multiboot_module *m;

	put_header1(3);
	make_elf32(0x100000, 0x100000, 64, 0x100000);
	for (unsigned i = 0; i < MANY; i++)
		many[i] = module[i ? 1 + i % 3 : 0];
	entry = (struct entry_state){0};
	ck_assert(load_l1(&ram, many, MANY, &entry));
	ck_assert_uint_eq(info()->mods_count, MANY - 1);
	m = guest(info()->mods_addr, (MANY - 1) * sizeof(*m));
	for (unsigned i = 0; i < MANY - 1; i++)
		ck_assert_str_eq(guest(m[i].string, 12), many[i + 1].text);
}
END_TEST

/* A flat file: the address fields alone say where it goes. */
START_TEST(flat)
{
	struct multiboot_header *h = put_header1(MULTIBOOT_HEADER_ADDRESS);

	h->header_addr = 0x100000 + HEADER_OFFSET;
	h->load_addr = 0x100000;
	h->bss_end_addr = 0x200000;
	h->entry_addr = 0x100020;
	image[5] = 0x55;
	memset(guest(0x1ffff0, 16), 0xff, 16);
	ck_assert(try_load(1));
	ck_assert_uint_eq(entry.rip, 0x100020);
	ck_assert_uint_eq(*(uint8_t *)guest(0x100005, 1), 0x55);
	ck_assert_uint_eq(*(uint8_t *)guest(0x1fffff, 1), 0);
	ck_assert_uint_eq(info()->flags & MULTIBOOT_INFO_ELF, 0);
	h->entry_addr = 0x300000;
	must_refuse("entry point");
}
END_TEST

START_TEST(unknown_flags)
{
	make_elf32(0x100000, 0x100000, 64, 0x100000);
	put_header1(7); /* a video mode is a wish */
	ck_assert(try_load(1));
	put_header1(8);
	must_refuse("flags 8");
}
END_TEST

/* Three: none, one that a segment has loaded, one of nine bytes that none has. */
static void make_sections(void)
{
	Elf32_Ehdr *e = (void *)image;
	Elf32_Shdr *s = (void *)(image + 2048);

	make_elf32(0x100000, 0x100000, 64, 0x100000);
	e->e_shoff = 2048;
	e->e_shnum = 3;
	e->e_shstrndx = 2;
	e->e_shentsize = sizeof(*s);
	s[1] = (Elf32_Shdr){.sh_type = SHT_PROGBITS, .sh_addr = 0x100000, .sh_size = 64};
	s[2] = (Elf32_Shdr){.sh_type = SHT_STRTAB, .sh_offset = 3000, .sh_size = 9};
	memcpy(image + 3000, "\0symbols", 9);
}

START_TEST(section_headers)
{
	const Elf32_Shdr *s;

	put_header1(3);
	make_sections();
	ck_assert(try_load(2));
	ck_assert(info()->flags & MULTIBOOT_INFO_ELF);
	ck_assert_uint_eq(info()->syms[0], 3);
	ck_assert_uint_eq(info()->syms[1], sizeof(*s));
	ck_assert_uint_eq(info()->syms[3], 2);
	s = guest(info()->syms[2], 3 * sizeof(*s));
	ck_assert_uint_eq(s[1].sh_addr, 0x100000);
	ck_assert_str_eq((char *)guest(s[2].sh_addr, 9) + 1, "symbols");
	/* The modules come behind it: what lies behind them is free. */
	ck_assert_uint_lt(s[2].sh_addr, *(uint32_t *)guest(info()->mods_addr, 4));
}
END_TEST

START_TEST(section_headers_that_lie)
{
	Elf32_Ehdr *e = (void *)image;
	Elf32_Shdr *s = (void *)(image + 2048);

	put_header1(3);
	for (unsigned i = 0; i < ROUNDS / 10; i++) {
		make_sections();
		s[next_random() % 3].sh_size = (uint32_t)nasty();
		s[next_random() % 3].sh_offset = (uint32_t)nasty();
		s[next_random() % 3].sh_addr = (uint32_t)nasty();
		e->e_shoff = i & 1 ? (uint32_t)nasty() : 2048;
		e->e_shnum = i & 2 ? (uint16_t)nasty() : 3;
		e->e_shentsize = i & 4 ? (uint16_t)nasty() : sizeof(*s);
		try_load(2);
	}
}
END_TEST

TCase *multiboot_cases(void)
{
	TCase *cases = tcase_create("multiboot 1");

	tcase_add_test(cases, low_segments);
	tcase_add_test(cases, no_low_memory_left);
	tcase_add_test(cases, overlaps_are_named);
	tcase_add_test(cases, entry_points);
	tcase_add_test(cases, modules);
	tcase_add_test(cases, many_modules);
	tcase_add_test(cases, flat);
	tcase_add_test(cases, unknown_flags);
	tcase_add_test(cases, section_headers);
	tcase_add_test(cases, section_headers_that_lie);
	return cases;
}
