// SPDX-License-Identifier: Apache-2.0
/* A Linux finds its words, its initrds and its parameters. */
#include <asm/bootparam.h>

#include "fixture.h"

#define SETUP_HEADER 0x1f1u

static struct boot_params *params(void)
{
	return guest(entry.rsi, sizeof(struct boot_params));
}

static void make_bzimage(void)
{
	struct setup_header *h = (void *)(image + SETUP_HEADER);

	*h = (struct setup_header){.boot_flag = 0xaa55,
				   .header = 0x53726448,
				   .version = 0x20f,
				   .loadflags = LOADED_HIGH,
				   .setup_sects = 1,
				   .pref_address = 0x100000,
				   .initrd_addr_max = 0x7fffffff};
}

START_TEST(words_without_a_name)
{
	make_bzimage();
	ck_assert(try_load(1));
	ck_assert_str_eq(guest(params()->hdr.cmd_line_ptr, 8), "one two");
	module[0].text = "kernel";
	ck_assert(try_load(1));
	ck_assert_str_eq(guest(params()->hdr.cmd_line_ptr, 1), "");
	ck_assert_uint_eq(params()->hdr.ramdisk_size, 0);
}
END_TEST

/* However long: the kernel itself cuts it. */
START_TEST(long_words)
{
	static char text[5000];

	make_bzimage();
	memset(text, 'x', sizeof(text) - 1);
	text[6] = ' ';
	module[0].text = text;
	ck_assert(try_load(1));
	ck_assert_str_eq(guest(params()->hdr.cmd_line_ptr, 5000 - 7), text + 7);
}
END_TEST

/* Each begins at a multiple of four, as the kernel's unpacker wants them, on one page's start. */
START_TEST(several_initrds)
{
	const uint8_t *bytes;

	make_bzimage();
	module[1].size = 98;
	memset(guest(RAM_BYTES - 4096, 4096), 0xff, 4096);
	ck_assert(try_load(4));
	ck_assert_uint_eq(params()->hdr.ramdisk_image % 4096, 0);
	ck_assert_uint_eq(params()->hdr.ramdisk_size, 300);
	bytes = guest(params()->hdr.ramdisk_image, 300);
	ck_assert_uint_eq(bytes[97], '1');
	ck_assert_uint_eq(bytes[98], 0);
	ck_assert_uint_eq(bytes[100], '2');
	ck_assert_uint_eq(bytes[299], '3');
}
END_TEST

START_TEST(vmlinux)
{
	const uint64_t *pml4;

	make_elf64(0xffffffff80100000, 0x100000, 64, 0x100010);
	ck_assert(try_load(2));
	ck_assert_uint_eq(entry.rip, 0x100010);
	ck_assert_uint_eq(params()->hdr.ramdisk_size, 100);
	pml4 = guest(entry.cr3, 4096);
	ck_assert_uint_eq(pml4[0], (entry.cr3 + 4096) | 3);
	ck_assert_uint_eq(*(uint64_t *)guest(entry.gdt + entry.cs, 8), 0x00af9b000000ffff);
	make_elf64(0xffffffff80100000, 0x100000, 64, 0xffffffff80100010);
	ck_assert(try_load(1));
	ck_assert_uint_eq(entry.rip, 0x100010);
}
END_TEST

START_TEST(no_kernel)
{
	must_refuse("neither");
	ck_assert(!try_load(0));
	make_elf64(0x100000, 0x100000, 64, 0x200000);
	must_refuse("entry point");
	((Elf64_Ehdr *)image)->e_machine = EM_ARM;
	must_refuse("neither");
}
END_TEST

TCase *linux_cases(void)
{
	TCase *cases = tcase_create("Linux");

	tcase_add_test(cases, words_without_a_name);
	tcase_add_test(cases, long_words);
	tcase_add_test(cases, several_initrds);
	tcase_add_test(cases, vmlinux);
	tcase_add_test(cases, no_kernel);
	return cases;
}
