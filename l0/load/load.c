// SPDX-License-Identifier: Apache-2.0
#include "lib/print.h"
#include "lib/string.h"
#include "load/load.h"

#define GDT_CODE 0x00cf9b000000ffffull
#define GDT_DATA 0x00cf93000000ffffull

unsigned load_memory_map(const struct ram *ram, struct load_map map[LOAD_MAP_ROWS])
{
	unsigned n = 0;

	map[n++] = (struct load_map){0, LOAD_EBDA, LOAD_RAM};
	map[n++] = (struct load_map){LOAD_EBDA, 0xa0000 - LOAD_EBDA, LOAD_RESERVED};
	map[n++] = (struct load_map){LOAD_ACPI, LOAD_HIGH - LOAD_ACPI, LOAD_RESERVED};
	map[n++] = (struct load_map){LOAD_HIGH, ram->below - LOAD_HIGH, LOAD_RAM};
	if (ram->above)
		map[n++] = (struct load_map){RAM_HOLE_END, ram->above, LOAD_RAM};
	return n;
}

/* Flat code and data at selectors 10H and 18H, as the Linux boot protocol wants them. */
static void write_gdt(const struct ram *ram, struct entry_state *out)
{
	uint64_t *gdt = ram_ptr(ram, LOAD_GDT, 32);

	gdt[2] = GDT_CODE;
	gdt[3] = GDT_DATA;
	out->gdt = LOAD_GDT;
	out->gdt_limit = 31;
	out->cs = 0x10;
	out->ds = 0x18;
	out->rsp = LOAD_STACK;
}

bool load_l1(const struct ram *ram, const struct boot_info *boot, struct entry_state *out)
{
	const struct boot_module *kernel = &boot->module[0];
	const struct boot_module *second = boot->modules > 1 ? &boot->module[1] : NULL;

	if (!boot->modules) {
		say("no L1: the loader must give it as the first module");
		return false;
	}
	write_gdt(ram, out);
	if (load_is_bzimage(kernel))
		return load_bzimage(ram, kernel, second, out);
	if (load_is_multiboot(kernel))
		return load_multiboot(ram, kernel, second, out);
	if (load_is_elf(kernel))
		return load_vmlinux(ram, kernel, second, out);
	say("L1 is neither a Linux kernel (bzImage, vmlinux) nor a multiboot 1 kernel");
	return false;
}
