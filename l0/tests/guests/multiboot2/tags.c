// SPDX-License-Identifier: Apache-2.0
// What a multiboot 2 kernel is told, tag by tag; no words choose tests here.
#include "guest.h"
#include "symbols.h"

struct tag {
	uint32_t type, size;
};

enum {
	END = 0,
	WORDS = 1,
	LOADER = 2,
	MODULE = 3,
	MEMORY = 4,
	MAP = 6,
	SECTIONS = 9,
	ACPI_OLD = 14,
	ACPI_NEW = 15,
};

static const struct tag *first(void)
{
	return (const struct tag *)(uintptr_t)(multiboot_info + 8);
}

static const struct tag *next(const struct tag *tag)
{
	return (const struct tag *)((const uint8_t *)tag + ((tag->size + 7) & ~7U));
}

static const struct tag *find(uint32_t type)
{
	const struct tag *tag = first();

	while (tag->type != END && tag->type != type)
		tag = next(tag);
	return tag->type == type ? tag : NULL;
}

static const uint32_t *words_of(const struct tag *tag)
{
	return (const uint32_t *)(tag + 1);
}

static bool starts_with(const void *at, const char *with)
{
	const char *text = at;

	while (*with)
		if (*text++ != *with++)
			return false;
	return true;
}

TEST(list)
{
	const struct tag *tag = first();

	check_eq("magic", 0x36d76289, multiboot_magic);
	check_eq("alignment", 0, multiboot_info % 8);
	for (; tag->type != END; tag = next(tag))
		print("INFO tag %u of %u bytes\n", tag->type, tag->size);
	check_eq("all of it", *(const uint32_t *)(uintptr_t)multiboot_info,
		 address_of(tag) + tag->size - multiboot_info);
}

TEST(name_comes_first)
{
	check("the words begin with the name",
	      find(WORDS) && starts_with(find(WORDS) + 1, "multiboot2.elf"));
	check("the loader's name", find(LOADER) && *(const char *)(find(LOADER) + 1));
}

TEST(memory)
{
	const uint32_t *map = find(MAP) ? words_of(find(MAP)) : NULL;
	const uint64_t *row;

	check("two tags", find(MEMORY) && map);
	if (!map)
		return;
	check_eq("bytes of a row", 24, map[0]);
	row = (const uint64_t *)(map + 2);
	check_eq("first row: from", 0, row[0]);
	check_eq("first row: bytes", words_of(find(MEMORY))[0] * 1024ULL, row[1]);
	check_eq("first row: RAM", 1, row[2] & 0xffffffff);
}

/* Either of the two is a copy of what stands at E0000H or above. */
TEST(acpi)
{
	const struct tag *tag = find(ACPI_NEW) ? find(ACPI_NEW) : find(ACPI_OLD);

	check("a tag", tag);
	if (tag)
		check("its signature", starts_with(tag + 1, "RSD PTR "));
}

TEST(symbols)
{
	const uint32_t *head = find(SECTIONS) ? words_of(find(SECTIONS)) : NULL;

	check("a tag", head);
	if (head)
		check_eq("address of this variable", address_of(&multiboot_info),
			 symbol_value(head + 3, head[0], head[1], "multiboot_info"));
}

/* The one that the system test gives, behind this image. */
TEST(modules)
{
	const struct tag *tag = find(MODULE);
	const uint32_t *module = tag ? words_of(tag) : NULL;

	if (!module) {
		skip("none was given");
		return;
	}
	print("INFO module \"%s\" of %u bytes\n", (const char *)(module + 2),
	      module[1] - module[0]);
	check_eq("on a page", 0, module[0] % PAGE_SIZE);
	check("behind this image",
	      module[0] >= address_of(image_end) || module[1] <= address_of(image_start));
	check("its name", starts_with(module + 2, "README.md"));
	check("its bytes", starts_with((const void *)(uintptr_t)module[0], "# Test guests"));
}
