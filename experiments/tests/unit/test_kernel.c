// SPDX-License-Identifier: Apache-2.0
#include "lib/complain.h"
#include "lib/scratch.h"
#include "machine/kernel.h"
#include "suites.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static char *directory, *path;
static uint8_t bytes[40000];

static void set_word(size_t at, uint32_t word)
{
	memcpy(bytes + at, &word, sizeof(word));
}

static void setup(void)
{
	memset(bytes, 'x', sizeof(bytes));
	directory = scratch_make();
	ck_assert_ptr_nonnull(directory);
	path = text_format("%s/kernel.gz", directory);
}

static void teardown(void)
{
	scratch_remove(directory);
	free(directory);
	free(path);
}

static void write_bytes(size_t count)
{
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, count, file), count);
	ck_assert_int_eq(fclose(file), 0);
}

static int check(size_t count, bool bare)
{
	int status;

	write_bytes(count);
	quiet_begin();
	status = kernel_check("k", path, bare);
	ck_assert_uint_eq(quiet_end(), status ? 1 : 0);
	return status;
}

/* The last place where the header may lie, the first where it may not, and a wrong sum. */
START_TEST(multiboot_1)
{
	set_word(8180, 0x1badb002);
	set_word(8184, 3);
	set_word(8188, -(0x1badb002u + 3));
	ck_assert_int_eq(check(sizeof(bytes), false), 0);
	ck_assert_int_eq(check(sizeof(bytes), true), 0);
	ck_assert_int_eq(check(8191, false), STATUS_BAD_INPUT);
	memmove(bytes + 8184, bytes + 8180, 12);
	set_word(8180, 0);
	ck_assert_int_eq(check(sizeof(bytes), false), STATUS_BAD_INPUT);
	memmove(bytes + 4096, bytes + 8184, 12);
	set_word(4100, 4);
	ck_assert_int_eq(check(sizeof(bytes), false), STATUS_BAD_INPUT);
}
END_TEST

START_TEST(multiboot_2)
{
	set_word(32752, 0xe85250d6);
	set_word(32756, 0);
	set_word(32760, 16);
	set_word(32764, -(0xe85250d6u + 16));
	ck_assert_int_eq(check(sizeof(bytes), true), 0);
	memmove(bytes + 32748, bytes + 32752, 16); /* no multiple of 8 */
	set_word(32764, 0);
	ck_assert_int_eq(check(sizeof(bytes), true), STATUS_BAD_INPUT);
}
END_TEST

START_TEST(linux_kernels)
{
	memcpy(bytes, "\177ELF\2", 5);
	ck_assert_int_eq(check(sizeof(bytes), false), 0);
	ck_assert_int_eq(check(sizeof(bytes), true), STATUS_BAD_INPUT);
	bytes[4] = 1; /* 32 bits */
	ck_assert_int_eq(check(sizeof(bytes), false), STATUS_BAD_INPUT);
	bytes[0x1fe] = 0x55;
	bytes[0x1ff] = 0xaa;
	memcpy(bytes + 0x202, "HdrS", 4);
	ck_assert_int_eq(check(sizeof(bytes), true), 0);
	ck_assert(kernel_is_bzimage(path));
	ck_assert_int_eq(check(0x203, false), STATUS_BAD_INPUT);
	ck_assert_int_eq(check(0, false), STATUS_BAD_INPUT);
}
END_TEST

START_TEST(a_compressed_kernel)
{
	char *place = NULL, *plain, *text;
	gzFile file = gzopen(path, "wb");

	ck_assert_int_eq(gzputs(file, "content"), 7);
	gzclose(file);
	plain = kernel_unpack(path, &place);
	ck_assert_ptr_nonnull(plain);
	ck_assert_str_eq(strrchr(plain, '/'), "/kernel");
	text = file_read(plain);
	ck_assert_str_eq(text, "content");
	scratch_remove(place);
	free(place);
	free(plain);
	free(text);
}
END_TEST

START_TEST(what_gzip_did_not_compress)
{
	char *place = NULL, *plain;

	write_bytes(100);
	plain = kernel_unpack(path, &place);
	ck_assert_str_eq(plain, path);
	ck_assert_ptr_null(place);
	free(plain);
	memcpy(bytes, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
	write_bytes(100);
	quiet_begin();
	ck_assert_ptr_null(kernel_unpack(path, &place));
	ck_assert_uint_eq(quiet_end(), 1);
	scratch_remove(place);
	free(place);
}
END_TEST

Suite *kernel_suite(void)
{
	Suite *suite = suite_create("kernel");
	TCase *tests = tcase_create("kernel");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, multiboot_1);
	tcase_add_test(tests, multiboot_2);
	tcase_add_test(tests, linux_kernels);
	tcase_add_test(tests, a_compressed_kernel);
	tcase_add_test(tests, what_gzip_did_not_compress);
	suite_add_tcase(suite, tests);
	return suite;
}
