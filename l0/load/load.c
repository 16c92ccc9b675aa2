// SPDX-License-Identifier: Apache-2.0
#include "load/load.h"

#include "lib/print.h"
#include "lib/string.h"
#include "load/bios.h"
#include "load/kinds.h"

#define GDT_CODE      0x00cf9b000000ffffull
#define GDT_CODE64    0x00af9b000000ffffull
#define GDT_DATA      0x00cf93000000ffffull
#define SELECTOR_CODE 0x10u
#define SELECTOR_DATA 0x18u

/* The first that knows the file loads it: a Xen has headers of both versions of multiboot. */
static const struct {
	load_test *is;
	load_kind *load;
} kinds[] = {
	{load_is_bzimage, load_bzimage},
	{load_is_multiboot, load_multiboot},
	{load_is_multiboot2, load_multiboot2},
	{load_is_vmlinux, load_vmlinux},
};

static bool load_kernel(struct layout *l, const struct boot_module *module, unsigned modules,
			struct entry_state *out)
{
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].is(module))
			return kinds[i].load(l, module, modules, out);
	say("L1 is neither a Linux kernel (bzImage, vmlinux) nor a multiboot kernel");
	return false;
}

/* Flat code and data where the Linux boot protocol wants them, and a stack in the same page. */
static bool write_gdt(struct layout *l, struct entry_state *out)
{
	uint64_t at, *gdt = layout_place_table(l, LAYOUT_PAGE, &at);

	if (!gdt) {
		say("L1's memory has no page left for its first descriptors (knob memory)");
		return false;
	}
	memset(gdt, 0, LAYOUT_PAGE);
	gdt[SELECTOR_CODE / sizeof(*gdt)] = out->cr3 ? GDT_CODE64 : GDT_CODE;
	gdt[SELECTOR_DATA / sizeof(*gdt)] = GDT_DATA;
	out->gdt = at;
	out->gdt_limit = SELECTOR_DATA + sizeof(*gdt) - 1;
	out->cs = SELECTOR_CODE;
	out->ds = SELECTOR_DATA;
	out->rsp = at + LAYOUT_PAGE;
	return true;
}

bool load_l1(const struct ram *ram, const struct boot_module *module, unsigned modules,
	     struct entry_state *out)
{
	struct layout l;

	if (!modules) {
		say("no L1: the loader must give it as the first module");
		return false;
	}
	bios_write(ram);
	layout_init(&l, ram);
	return load_kernel(&l, module, modules, out) && write_gdt(&l, out);
}
