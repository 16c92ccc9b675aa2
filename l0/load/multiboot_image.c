// SPDX-License-Identifier: Apache-2.0
#include "load/multiboot_image.h"

#include "lib/print.h"
#include "load/image.h"

/* @shift is what moves the kernel from where it was linked. */
struct placing {
	uint64_t low, high, shift;
};

/* Where the header stands in the file tells where the rest of it goes. */
static struct image_piece flat_piece(const struct multiboot_image *image, uint64_t size)
{
	struct multiboot_addresses a = image->addresses;
	struct image_piece p;

	if (a.load == UINT32_MAX) /* multiboot 2: the whole file */
		a.load = a.header - (uint32_t)image->offset;
	p.to = a.load;
	p.offset = image->offset - (a.header - a.load);
	p.file_size = a.load_end ? (uint64_t)a.load_end - a.load : size - p.offset;
	p.memory_size = a.bss_end ? (uint64_t)a.bss_end - a.load : p.file_size;
	if (p.memory_size < p.file_size)
		p.memory_size = p.file_size;
	return p;
}

/* False, after a line, if the range has no room for the kernel. */
static bool choose_place(const struct layout *l, const struct multiboot_range *r, struct placing *p)
{
	const struct layout_wish linked = {p->low, p->high, 1, false};
	const struct layout_wish range = {r->low, r->high + 1ull, r->align ? r->align : 1,
					  r->highest};
	uint64_t size = p->high - p->low, at = p->low;
	bool inside = p->low >= r->low && p->high <= range.to && !(p->low & (range.align - 1));

	if (!(r->linked && inside && layout_find(l, &linked, size, &at)) &&
	    !layout_find(l, &range, size, &at)) {
		say("L1's kernel of %lu bytes has no room between %x and %x, where it must be",
		    size, r->low, r->high);
		return false;
	}
	p->shift = at - p->low;
	return true;
}

static bool load_flat(struct layout *l, const struct multiboot_image *image,
		      const struct boot_module *kernel, struct multiboot_facts *out)
{
	const struct image_file file = {(const void *)(uintptr_t)kernel->hpa, kernel->size};
	struct image_piece piece = flat_piece(image, kernel->size);
	struct placing p = {piece.to, piece.to + piece.memory_size, 0};

	if (!image->has_entry) {
		say("L1's multiboot header has addresses but no entry point");
		return false;
	}
	if (image->has_range && !choose_place(l, &image->range, &p))
		return false;
	piece.to += p.shift;
	out->base = piece.to;
	out->entry = image->entry + p.shift;
	return image_load(l, &file, &piece);
}

static bool load_segments(struct layout *l, const struct multiboot_image *image,
			  struct multiboot_facts *out)
{
	const struct elf *elf = &out->elf;
	struct placing p = {0, 0, 0};

	if (!elf_span(elf, &p.low, &p.high) ||
	    (image->has_range && !choose_place(l, &image->range, &p)) || !elf_load(elf, l, p.shift))
		return false;
	out->base = p.low + p.shift;
	out->entry = (image->has_entry ? image->entry : elf_entry(elf)) + p.shift;
	sections_place(&out->sections, elf, l);
	return true;
}

static bool load_kernel(struct layout *l, const struct multiboot_image *image,
			const struct boot_module *kernel, struct multiboot_facts *out)
{
	if (image->has_addresses)
		return load_flat(l, image, kernel, out);
	if (elf_open(&out->elf, kernel))
		return load_segments(l, image, out);
	say("L1's multiboot header has no addresses and the file is no ELF for this processor");
	return false;
}

bool multiboot_image_load(struct layout *l, const struct multiboot_image *image,
			  const struct boot_module *module, unsigned modules,
			  struct multiboot_facts *out)
{
	*out = (struct multiboot_facts){
		.ram = l->ram,
		.words = module->text,
		.modules = {module + 1, modules - 1},
	};
	return load_kernel(l, image, module, out) && image_entry_ok(l, out->entry) &&
	       modules_place(&out->modules, l, &out->modules_gpa);
}
