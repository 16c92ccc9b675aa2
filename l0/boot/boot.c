// SPDX-License-Identifier: Apache-2.0
#include "boot/boot.h"
#include "boot/multiboot.h"
#include "lib/print.h"
#include "lib/string.h"

extern char l0_end[];

static const void *physical(uint32_t hpa)
{
	return (const void *)(uintptr_t)hpa;
}

/*
 * The two loaders differ. QEMU's -kernel puts the file's name first, as the specification shows it;
 * GRUB 2 does not, but sets a backslash before each quote and backslash.
 */
static void copy_text(char *out, const struct multiboot_info *mbi, uint32_t string)
{
	const char *text = physical(string);
	const char *loader =
		mbi->flags & MULTIBOOT_INFO_LOADER ? physical(mbi->boot_loader_name) : "";
	bool grub = !strncmp(loader, "GRUB", 4);
	size_t n = 0;

	if (!strncmp(loader, "qemu", 5)) {
		while (*text && *text != ' ')
			text++;
		while (*text == ' ')
			text++;
	}
	for (; *text && n + 1 < BOOT_TEXT_BYTES; text++) {
		if (grub && *text == '\\' && text[1])
			text++;
		out[n++] = *text;
	}
	out[n] = 0;
}

static void copy_modules(struct boot_info *out, const struct multiboot_info *mbi)
{
	const struct multiboot_module *mod = physical(mbi->mods_addr);

	if (!(mbi->flags & MULTIBOOT_INFO_MODS))
		return;
	for (unsigned i = 0; i < mbi->mods_count && i < BOOT_MAX_MODULES; i++, mod++) {
		struct boot_module *m = &out->module[out->modules++];

		m->hpa = mod->start;
		m->size = mod->end - mod->start;
		if (mod->string)
			copy_text(m->text, mbi, mod->string);
	}
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

	if (magic != MULTIBOOT_BOOT_MAGIC) {
		say("not started by a multiboot 1 loader (magic %x)", magic);
		return false;
	}
	if (!(mbi->flags & MULTIBOOT_INFO_MMAP)) {
		say("the loader gave no memory map");
		return false;
	}
	if (mbi->flags & MULTIBOOT_INFO_CMDLINE)
		copy_text(out->cmdline, mbi, mbi->cmdline);
	copy_modules(out, mbi);
	copy_ram(out, mbi);
	return true;
}

uint64_t boot_first_free(const struct boot_info *info)
{
	uint64_t end = (uintptr_t)l0_end;

	for (unsigned i = 0; i < info->modules; i++) {
		uint64_t module_end = info->module[i].hpa + info->module[i].size;

		if (module_end > end)
			end = module_end;
	}
	return end;
}
