// SPDX-License-Identifier: Apache-2.0
#include "boot/boot.h"

#include <stddef.h>

#include "boot/multiboot.h"
#include "lib/print.h"
#include "lib/string.h"

extern char l0_end[];

/*
 * The loaders differ in what they make of "FILE WORDS". The specification shows the file's name as
 * the first word of each string: QEMU's -kernel and -initrd do so, Testudo as L0 of this L0 hands
 * on L0's and its modules' names as it got them. GRUB 2 passes what stands behind the file, where a
 * careful user repeats the name, and sets a backslash before each quote and backslash.
 */
enum name { NAME_NONE, NAME_FIRST, NAME_UNLESS_KNOB };

struct loader {
	const char *name; /* what its name begins with */
	enum name own;    /* before L0's knobs */
	enum name module; /* before a module's "NAME WORDS" */
	bool backslashes;
};

static const struct loader loaders[] = {
	{"GRUB", NAME_UNLESS_KNOB, NAME_NONE, true},
	{"qemu", NAME_FIRST, NAME_FIRST, false},
	{"testudo", NAME_FIRST, NAME_NONE, false},
	{"", NAME_UNLESS_KNOB, NAME_NONE, false}, /* any other */
};

static const void *physical(uint32_t hpa)
{
	return (const void *)(uintptr_t)hpa;
}

static const struct loader *find_loader(const struct multiboot_info *mbi)
{
	const char *name =
		mbi->flags & MULTIBOOT_INFO_LOADER ? physical(mbi->boot_loader_name) : "";
	const struct loader *l = loaders;

	while (strncmp(name, l->name, strlen(l->name)))
		l++;
	return l;
}

/* The word that is a knob has a "="; the name of a file of L0's has none. */
static bool is_name(const char *text, enum name name)
{
	while (name == NAME_UNLESS_KNOB && *text && *text != ' ')
		if (*text++ == '=')
			return false;
	return name != NAME_NONE;
}

static const char *after_name(const char *text, enum name name)
{
	if (!is_name(text, name))
		return text;
	while (*text && *text != ' ')
		text++;
	while (*text == ' ')
		text++;
	return text;
}

/* Where the copies go: @next moves on. */
struct copies {
	const struct loader *loader;
	char *next;
};

static const char *copy_text(struct copies *c, uint32_t string, enum name name)
{
	const char *text = string ? after_name(physical(string), name) : "";
	char *start = c->next;

	for (; *text; text++) {
		if (c->loader->backslashes && *text == '\\' && text[1])
			text++;
		*c->next++ = *text;
	}
	*c->next++ = 0;
	return start;
}

static uint32_t own_words(const struct multiboot_info *mbi)
{
	return mbi->flags & MULTIBOOT_INFO_CMDLINE ? mbi->cmdline : 0;
}

static uint32_t module_count(const struct multiboot_info *mbi)
{
	return mbi->flags & MULTIBOOT_INFO_MODS ? mbi->mods_count : 0;
}

/* What copy_text() writes at most. */
static uint64_t text_size(uint32_t string)
{
	return string ? strlen(physical(string)) + 1 : 1;
}

static uint64_t copies_size(const struct multiboot_info *mbi)
{
	const struct multiboot_module *mod = physical(mbi->mods_addr);
	uint64_t size = text_size(own_words(mbi));

	for (uint32_t i = 0; i < module_count(mbi); i++)
		size += sizeof(struct boot_module) + text_size(mod[i].string);
	return size;
}

static void extend(uint64_t *end, uint64_t start, uint64_t size)
{
	if (start + size > *end)
		*end = start + size;
}

/* The end of L0 and of all that the loader has put anywhere, so that no copy overwrites its source.
 */
static uint64_t loaded_end(const struct multiboot_info *mbi)
{
	const struct multiboot_module *mod = physical(mbi->mods_addr);
	uint64_t end = (uintptr_t)l0_end;

	extend(&end, (uintptr_t)mbi, sizeof(*mbi));
	extend(&end, own_words(mbi), text_size(own_words(mbi)));
	extend(&end, mbi->mods_addr, module_count(mbi) * sizeof(*mod));
	for (uint32_t i = 0; i < module_count(mbi); i++) {
		extend(&end, mod[i].start, mod[i].end - mod[i].start);
		extend(&end, mod[i].string, text_size(mod[i].string));
	}
	return end;
}

static bool is_ram(const struct boot_info *info, uint64_t at, uint64_t size)
{
	for (unsigned i = 0; i < info->ranges; i++) {
		const struct boot_range *r = &info->ram[i];

		if (at >= r->hpa && at - r->hpa < r->size && size <= r->size - (at - r->hpa))
			return true;
	}
	return false;
}

static void copy(struct boot_info *out, const struct multiboot_info *mbi, uint64_t at)
{
	const struct multiboot_module *mod = physical(mbi->mods_addr);
	struct boot_module *module = (struct boot_module *)(uintptr_t)at;
	struct copies c = {find_loader(mbi), NULL};

	out->module = module;
	out->modules = module_count(mbi);
	c.next = (char *)(module + out->modules);
	out->cmdline = copy_text(&c, own_words(mbi), c.loader->own);
	for (unsigned i = 0; i < out->modules; i++)
		module[i] = (struct boot_module){mod[i].start, mod[i].end - mod[i].start,
						 copy_text(&c, mod[i].string, c.loader->module)};
	out->first_free = (uintptr_t)c.next;
}

static void copy_ram(struct boot_info *out, const struct multiboot_info *mbi)
{
	uint32_t at = mbi->mmap_addr, end = mbi->mmap_addr + mbi->mmap_length;

	while (at < end && out->ranges < BOOT_MAX_RAM) {
		const struct multiboot_mmap *e = physical(at);

		if (e->type == MULTIBOOT_MMAP_RAM)
			out->ram[out->ranges++] = (struct boot_range){e->base, e->length};
		at += e->size + (uint32_t)sizeof(e->size);
	}
}

bool boot_parse(struct boot_info *out, uint32_t magic, uint32_t addr)
{
	const struct multiboot_info *mbi = physical(addr);
	uint64_t at;

	if (magic != MULTIBOOT_BOOT_MAGIC) {
		say("not started by a multiboot 1 loader (magic %x)", magic);
		return false;
	}
	if (!(mbi->flags & MULTIBOOT_INFO_MMAP)) {
		say("the loader gave no memory map");
		return false;
	}
	copy_ram(out, mbi);
	at = (loaded_end(mbi) + sizeof(uint64_t) - 1) & ~(sizeof(uint64_t) - 1);
	if (!is_ram(out, at, copies_size(mbi))) {
		say("no RAM behind the modules, which end at %lx", at);
		return false;
	}
	copy(out, mbi, at);
	return true;
}

uint64_t boot_first_free(const struct boot_info *info)
{
	return info->first_free;
}
