// SPDX-License-Identifier: Apache-2.0
// What a multiboot 1 kernel is told; "modules=N" on the command line says how many modules to find.
#include "guest.h"
#include "symbols.h"

struct information {
	uint32_t flags, lower, upper, device, words, modules, module_list;
	uint32_t sections, section_size, section_headers, section_names;
	uint32_t map_size, map, drives[2], table, loader;
};

struct module {
	uint32_t start, end, text, reserved;
};

enum {
	HAS_MEMORY = 1 << 0,
	HAS_WORDS = 1 << 2,
	HAS_MODULES = 1 << 3,
	HAS_SECTIONS = 1 << 5,
	HAS_MAP = 1 << 6,
	HAS_LOADER = 1 << 9,
};

static const struct information *info(void)
{
	return (const struct information *)(uintptr_t)multiboot_info;
}

static const char *text_at(uint32_t address)
{
	return (const char *)(uintptr_t)address;
}

static bool starts_with(const char *text, const char *with)
{
	while (*with)
		if (*text++ != *with++)
			return false;
	return true;
}

TEST(what_there_is)
{
	uint32_t all = HAS_MEMORY | HAS_WORDS | HAS_MAP | HAS_LOADER;

	check_eq("magic", 0x2badb002, multiboot_magic);
	check_eq("flags", all, info()->flags & all);
	check("KiB of low memory", info()->lower >= 512 && info()->lower <= 640);
	print("INFO loader %s\n", text_at(info()->loader));
}

/* The specification's first word: the file's name. */
TEST(name_comes_first)
{
	check("the words begin with the name",
	      starts_with(text_at(info()->words), "multiboot.elf"));
}

TEST(symbols)
{
	check("section headers", info()->flags & HAS_SECTIONS);
	check_eq("address of this variable", address_of(&multiboot_info),
		 symbol_value(text_at(info()->section_headers), info()->sections,
			      info()->section_size, "multiboot_info"));
}

static void check_module(const struct module *m)
{
	print("INFO module \"%s\" of %u bytes\n", text_at(m->text), m->end - m->start);
	check_eq("on a page", 0, m->start % PAGE_SIZE);
	check("behind this image",
	      m->start >= address_of(image_end) || m->end <= address_of(image_start));
	check("its name", starts_with(text_at(m->text), "README.md"));
	check("its bytes", starts_with(text_at(m->start), "# Test guests"));
}

TEST(modules)
{
	const char *wanted = option("modules");
	const struct module *m = (const struct module *)(uintptr_t)info()->module_list;

	check_eq("how many", wanted ? (uint64_t)(*wanted - '0') : 0, info()->modules);
	for (uint32_t i = 0; i < info()->modules; i++)
		check_module(&m[i]);
}
