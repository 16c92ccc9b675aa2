// SPDX-License-Identifier: Apache-2.0
/* A multiboot 2 kernel as L1: what its header asks for (spec 3.1). */
#include "load/multiboot2.h"

#include "lib/print.h"
#include "lib/string.h"
#include "load/kinds.h"
#include "load/multiboot2_info.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The bytes of a header's tags, which are all in the file. */
struct tag_list {
	const uint8_t *next, *end;
};

static bool is_header(const struct multiboot2_header *h, uint64_t left)
{
	return h->magic == MULTIBOOT2_HEADER_MAGIC && h->architecture == MULTIBOOT2_I386 &&
	       !(h->magic + h->architecture + h->length + h->checksum) && h->length >= sizeof(*h) &&
	       h->length <= left;
}

static const struct multiboot2_header *find_header(const struct boot_module *kernel,
						   uint64_t *offset)
{
	const uint8_t *image = (const void *)(uintptr_t)kernel->hpa;
	uint64_t limit =
		kernel->size < MULTIBOOT2_HEADER_SEARCH ? kernel->size : MULTIBOOT2_HEADER_SEARCH;

	for (uint64_t at = 0; at + sizeof(struct multiboot2_header) <= limit;
	     at += MULTIBOOT2_ALIGN) {
		const struct multiboot2_header *h = (const void *)(image + at);

		if (is_header(h, limit - at)) {
			*offset = at;
			return h;
		}
	}
	return NULL;
}

bool load_is_multiboot2(const struct boot_module *kernel)
{
	uint64_t offset;

	return find_header(kernel, &offset);
}

/* The next tag, its body and the body's size; false at the end, or where a size leads outside. */
static bool next_tag(struct tag_list *list, struct multiboot2_header_tag *tag, const uint8_t **body)
{
	uint64_t left = (uint64_t)(list->end - list->next), step;

	if (left < sizeof(*tag))
		return false;
	memcpy(tag, list->next, sizeof(*tag));
	if (tag->type == MULTIBOOT2_HEADER_END || tag->size < sizeof(*tag) || tag->size > left)
		return false;
	*body = list->next + sizeof(*tag);
	step = ((uint64_t)tag->size + MULTIBOOT2_ALIGN - 1) & ~(MULTIBOOT2_ALIGN - 1ull);
	list->next += step < left ? step : left;
	return true;
}

/*
 * Each type that the specification has may be asked for; what this machine has none of, no loader
 * gives. A type that is unknown is another matter.
 */
static bool read_request(struct multiboot_image *image, const uint8_t *body, uint32_t size)
{
	uint32_t type;

	(void)image;
	for (; size >= sizeof(type); body += sizeof(type), size -= (uint32_t)sizeof(type)) {
		memcpy(&type, body, sizeof(type));
		if (type >= MULTIBOOT2_TYPES)
			return false;
	}
	return true;
}

static bool read_address(struct multiboot_image *image, const uint8_t *body, uint32_t size)
{
	struct multiboot2_header_address a;

	if (size < sizeof(a))
		return false;
	memcpy(&a, body, sizeof(a));
	image->has_addresses = true;
	image->addresses = (struct multiboot_addresses){a.header, a.load, a.load_end, a.bss_end};
	return true;
}

static bool read_entry(struct multiboot_image *image, const uint8_t *body, uint32_t size)
{
	if (size < sizeof(image->entry))
		return false;
	memcpy(&image->entry, body, sizeof(image->entry));
	image->has_entry = true;
	return true;
}

static bool read_relocatable(struct multiboot_image *image, const uint8_t *body, uint32_t size)
{
	struct multiboot2_header_relocatable r;

	if (size < sizeof(r))
		return false;
	memcpy(&r, body, sizeof(r));
	if (r.align & (r.align - 1))
		return false;
	image->has_range = true;
	image->range = (struct multiboot_range){
		.low = r.low,
		.high = r.high,
		.align = r.align,
		.highest = r.preference == MULTIBOOT2_HIGHEST,
		.linked = r.preference == MULTIBOOT2_ANYWHERE,
	};
	return true;
}

/* Consoles, modes and EFI are wishes that this machine has nothing for; modules lie on pages. */
static bool read_nothing(struct multiboot_image *image, const uint8_t *body, uint32_t size)
{
	(void)image;
	(void)body;
	(void)size;
	return true;
}

static bool (*const readers[])(struct multiboot_image *image, const uint8_t *body,
			       uint32_t size) = {
	[MULTIBOOT2_HEADER_END] = read_nothing,
	[MULTIBOOT2_HEADER_REQUEST] = read_request,
	[MULTIBOOT2_HEADER_ADDRESS] = read_address,
	[MULTIBOOT2_HEADER_ENTRY] = read_entry,
	[MULTIBOOT2_HEADER_CONSOLE] = read_nothing,
	[MULTIBOOT2_HEADER_FRAMEBUFFER] = read_nothing,
	[MULTIBOOT2_HEADER_MODULE_ALIGN] = read_nothing,
	[MULTIBOOT2_HEADER_EFI_SERVICES] = read_nothing,
	[MULTIBOOT2_HEADER_EFI32_ENTRY] = read_nothing,
	[MULTIBOOT2_HEADER_EFI64_ENTRY] = read_nothing,
	[MULTIBOOT2_HEADER_RELOCATABLE] = read_relocatable,
};

_Static_assert(COUNT(readers) == MULTIBOOT2_HEADER_TYPES, "a reader for each tag");

static bool read_header(const struct boot_module *kernel, struct multiboot_image *image)
{
	const struct multiboot2_header *h = find_header(kernel, &image->offset);
	struct tag_list list = {(const uint8_t *)(h + 1), (const uint8_t *)h + h->length};
	struct multiboot2_header_tag tag;
	const uint8_t *body;

	while (next_tag(&list, &tag, &body)) {
		uint32_t size = tag.size - (uint32_t)sizeof(tag);
		bool known = tag.type < COUNT(readers);

		if ((known && readers[tag.type](image, body, size)) ||
		    tag.flags & MULTIBOOT2_OPTIONAL)
			continue;
		say("L1's multiboot 2 header has a tag of type %u that cannot be fulfilled",
		    tag.type);
		return false;
	}
	return true;
}

bool load_multiboot2(struct layout *l, const struct boot_module *module, unsigned modules,
		     struct entry_state *out)
{
	struct multiboot_image image = {0};
	struct multiboot_facts facts;

	if (!read_header(module, &image) ||
	    !multiboot_image_load(l, &image, module, modules, &facts) ||
	    !multiboot2_info_write(l, &facts, &out->rbx))
		return false;
	out->rip = facts.entry;
	out->rax = MULTIBOOT2_BOOT_MAGIC;
	return true;
}
