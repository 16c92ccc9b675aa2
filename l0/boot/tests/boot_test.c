// SPDX-License-Identifier: Apache-2.0
/* What each loader's strings become, and that no copy lies on what the loader has loaded. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "boot/boot.h"
#include "boot/multiboot.h"
#include "lib/print.h"

#define MEMORY       0x20000000u /* as rules.mk links it */
#define MEMORY_BYTES 0x100000u
#define MODULE_BYTES 100u
#define MANY         300u

static struct boot_info info;
static unsigned said;

void say(const char *format, ...)
{
	(void)format;
	said++;
}

/* The loader's memory: what it has put there, one after the other. */
static uint32_t used;
static struct multiboot_info *mbi;

static void *put(const void *data, uint32_t size)
{
	uint8_t *at = (uint8_t *)(uintptr_t)(MEMORY + used);

	ck_assert_uint_le(used + size, MEMORY_BYTES);
	memcpy(at, data, size);
	used += (size + 7) & ~7u;
	return at;
}

static uint32_t put_text(const char *text)
{
	return (uint32_t)(uintptr_t)put(text, (uint32_t)strlen(text) + 1);
}

static void set_ram(uint64_t base, uint64_t size)
{
	const struct multiboot_mmap row[] = {
		{sizeof(row[0]) - 4, 0, 0x9fc00, MULTIBOOT_MMAP_RAM},
		{sizeof(row[0]) - 4, 0xfffc0000, 0x40000, 2},
		{sizeof(row[0]) - 4, base, size, MULTIBOOT_MMAP_RAM},
	};

	mbi->mmap_addr = (uint32_t)(uintptr_t)put(row, sizeof(row));
	mbi->mmap_length = sizeof(row);
}

static void setup(void)
{
	const struct multiboot_info none = {.flags = MULTIBOOT_INFO_MMAP};
	void *memory = mmap((void *)(uintptr_t)MEMORY, MEMORY_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	ck_assert_ptr_eq(memory, (void *)(uintptr_t)MEMORY);
	used = 0;
	info = (struct boot_info){0};
	mbi = put(&none, sizeof(none));
	set_ram(MEMORY, MEMORY_BYTES);
}

static void teardown(void)
{
	munmap((void *)(uintptr_t)MEMORY, MEMORY_BYTES);
}

static void name_loader(const char *name)
{
	mbi->flags |= MULTIBOOT_INFO_LOADER;
	mbi->boot_loader_name = put_text(name);
}

static void set_words(const char *words)
{
	mbi->flags |= MULTIBOOT_INFO_CMDLINE;
	mbi->cmdline = put_text(words);
}

/* Modules of MODULE_BYTES each, with these strings; NULL: the loader gave none. */
static void set_modules(const char *const *text, uint32_t count)
{
	static struct multiboot_module row[MANY];
	uint8_t bytes[MODULE_BYTES];

	for (uint32_t i = 0; i < count; i++) {
		memset(bytes, (int)i, sizeof(bytes));
		row[i].start = (uint32_t)(uintptr_t)put(bytes, sizeof(bytes));
		row[i].end = row[i].start + MODULE_BYTES;
		row[i].string = text[i] ? put_text(text[i]) : 0;
	}
	mbi->flags |= MULTIBOOT_INFO_MODS;
	mbi->mods_count = count;
	mbi->mods_addr = (uint32_t)(uintptr_t)put(row, count * (uint32_t)sizeof(row[0]));
}

static bool parse(void)
{
	return boot_parse(&info, MULTIBOOT_BOOT_MAGIC, (uint32_t)(uintptr_t)mbi);
}

static const struct {
	const char *loader, *own, *module;
	const char *own_copy, *module_copy;
} strings_row[] = {
	{"GRUB 2.06", "vmcs=trap a=b", "k.elf x \\\"y\\\" \\\\z", "vmcs=trap a=b",
	 "k.elf x \"y\" \\z"},
	{"GRUB 2.06", "testudo.elf vmcs=trap", "k.elf", "vmcs=trap", "k.elf"},
	{"GRUB 2.06", "testudo.elf", "", "", ""},
	{"GRUB 2.06", "", NULL, "", ""},
	{"qemu", "/a/b=c/testudo.elf  vmcs=trap", "/p/k.elf k.elf x \\y", "vmcs=trap",
	 "k.elf x \\y"},
	{"qemu", "/a/testudo.elf", "/p/k.elf", "", ""},
	{"testudo", "testudo.elf vmcs=trap", "k.elf x \\y", "vmcs=trap", "k.elf x \\y"},
	{"another", "name a=b", "k.elf x", "a=b", "k.elf x"},
};

START_TEST(strings)
{
	name_loader(strings_row[_i].loader);
	set_words(strings_row[_i].own);
	set_modules(&strings_row[_i].module, 1);
	ck_assert(parse());
	ck_assert_str_eq(info.cmdline, strings_row[_i].own_copy);
	ck_assert_uint_eq(info.modules, 1);
	ck_assert_str_eq(info.module[0].text, strings_row[_i].module_copy);
}
END_TEST

/* No words, no modules, no name of the loader. */
START_TEST(nothing)
{
	ck_assert(parse());
	ck_assert_str_eq(info.cmdline, "");
	ck_assert_uint_eq(info.modules, 0);
	ck_assert_uint_eq(info.ranges, 2);
	ck_assert_uint_eq(info.ram[1].hpa, MEMORY);
}
END_TEST

/* As many modules as there are, each with its string, after the loader's own copies are gone. */
START_TEST(many_modules)
{
	static char text[MANY][3000];
	const char *list[MANY];

	for (unsigned i = 0; i < MANY; i++) {
		snprintf(text[i], sizeof(text[i]), "module%u word", i);
		list[i] = text[i];
	}
	memset(text[7], 'x', sizeof(text[7]) - 1);
	name_loader("GRUB 2.06");
	set_modules(list, MANY);
	ck_assert(parse());
	ck_assert_uint_eq(info.modules, MANY);
	for (unsigned i = 0; i < MANY; i++) {
		ck_assert_str_eq(info.module[i].text, text[i]);
		ck_assert_uint_eq(info.module[i].size, MODULE_BYTES);
		ck_assert_uint_eq(*(uint8_t *)(uintptr_t)info.module[i].hpa, i & 0xff);
	}
	ck_assert_uint_ge((uintptr_t)info.module, MEMORY + used);
	ck_assert_uint_gt(boot_first_free(&info), (uintptr_t)info.module[MANY - 1].text);
	memset((void *)(uintptr_t)MEMORY, 0, used);
	ck_assert_str_eq(info.module[MANY - 1].text, text[MANY - 1]);
}
END_TEST

START_TEST(refused)
{
	static const char *const text[] = {"a", "b"};

	set_modules(text, 2);
	ck_assert(!boot_parse(&info, MULTIBOOT_BOOT_MAGIC + 1, (uint32_t)(uintptr_t)mbi));
	ck_assert_uint_eq(said, 1);
	/* A byte less than two modules and the strings "", "a" and "b" take. */
	set_ram(MEMORY, used + 2 * sizeof(struct boot_module) + 5 - 1);
	info.ranges = 0;
	ck_assert(!parse());
	ck_assert_uint_eq(said, 2);
	mbi->flags &= ~MULTIBOOT_INFO_MMAP;
	ck_assert(!parse());
	ck_assert_uint_eq(said, 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("boot");
	TCase *cases = tcase_create("loaders");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_loop_test(cases, strings, 0, sizeof(strings_row) / sizeof(strings_row[0]));
	tcase_add_test(cases, nothing);
	tcase_add_test(cases, many_modules);
	tcase_add_test(cases, refused);
	suite_add_tcase(suite, cases);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
