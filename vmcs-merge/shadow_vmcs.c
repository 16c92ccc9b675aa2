// SPDX-License-Identifier: Apache-2.0
/* The shadow VMCS: bitmaps and copies, all from the one list. */
#include "shadow_vmcs.h"
#include "vmcs_access.h"

static void allow(uint8_t *bitmap, uint32_t encoding)
{
	bitmap[encoding / 8] &= (uint8_t) ~(1u << encoding % 8);
}

void shadow_bitmaps(const struct vmcs_index *index, uint8_t read[SHADOW_BITMAP_BYTES],
		    uint8_t write[SHADOW_BITMAP_BYTES])
{
	for (uint32_t i = 0; i < SHADOW_BITMAP_BYTES; i++)
		read[i] = write[i] = 0xff;
#define S(NAME, name, GROUP, kind)                                                                 \
	if (vmcs_row(index, VMCS_##NAME) >= 0) {                                                   \
		allow(read, VMCS_##NAME);                                                          \
		if (!vmcs_row_read_only(VMCS_ROW_##name))                                          \
			allow(write, VMCS_##NAME);                                                 \
	}
#include "shadow.def"
#undef S
}

void shadow_fill(const struct vmcs12_cache *c, const struct vmcs_index *index)
{
#define S(NAME, name, GROUP, kind)                                                                 \
	if (vmcs_row(index, VMCS_##NAME) >= 0)                                                     \
		vmcs_write(VMCS_##NAME, c->v.name);
#include "shadow.def"
#undef S
}

#define STORE_EXIT(NAME, name) vmcs_write(VMCS_##NAME, c->v.name);
#define STORE_LIVE(NAME, name) vmcs_write(VMCS_##NAME, c->v.name);
#define STORE_OPTION(NAME, name)                                                                   \
	if (c->has_options)                                                                        \
		vmcs_write(VMCS_##NAME, c->v.name);
#define STORE_CONTROL(NAME, name)
void shadow_store(const struct vmcs12_cache *c)
{
#define S(NAME, name, GROUP, kind) STORE_##kind(NAME, name)
#include "shadow.def"
#undef S
}

/* A field that is not L1's own to write needs no reading back. */
static inline void load(uint64_t *cell, uint64_t value, uint32_t *dirty, uint32_t group)
{
	if (*cell != value) {
		*cell = value;
		*dirty |= group;
	}
}

#define LOAD_EXIT(NAME, name, GROUP)
#define LOAD_LIVE(NAME, name, GROUP)                                                               \
	load(&c->v.name, vmcs_read(VMCS_##NAME), &dirty, DIRTY_##GROUP);
#define LOAD_CONTROL(NAME, name, GROUP) LOAD_LIVE(NAME, name, GROUP)
#define LOAD_OPTION(NAME, name, GROUP)                                                             \
	if (c->has_options)                                                                        \
	LOAD_LIVE(NAME, name, GROUP)
void shadow_load(struct vmcs12_cache *c)
{
	uint32_t dirty = c->dirty;

#define S(NAME, name, GROUP, kind) LOAD_##kind(NAME, name, GROUP)
#include "shadow.def"
#undef S
	c->dirty = dirty;
}
