// SPDX-License-Identifier: Apache-2.0
/* The row table, made from fields.def, and the index from encodings to the rows of one VM. */
#include "vmcs12.h"

#define WIDTH_16   16
#define WIDTH_32   32
#define WIDTH_64   64
#define WIDTH_NAT  64
#define MASK(bits) (~0ull >> (64 - (bits)))
#define IS_RO      true
#define IS_RW      false
#define BY_COPY    true
#define BY_MERGE   true
#define BY_L0      false
#define BY_HOST    false
#define BY_NONE    false

const struct vmcs_row vmcs_rows[VMCS_ROWS] = {
#define X(code, NAME, field, bits, access, GROUP, rule, feature)                                   \
	[VMCS_ROW_##field] = {                                                                     \
		.mask = MASK(WIDTH_##bits),                                                        \
		.dirty = DIRTY_##GROUP,                                                            \
		.encoding = code,                                                                  \
		.width = WIDTH_##bits,                                                             \
		.group = GROUP_##GROUP,                                                            \
		.read_only = IS_##access,                                                          \
		.merged = BY_##rule,                                                               \
		.exists = FEATURE_##feature,                                                       \
		.name = #field,                                                                    \
	},
#include "fields.def"
#undef X
};

#define X(encoding, NAME, name, width, access, group, rule, exists)                                \
	_Static_assert((encoding) < VMCS_ENCODINGS && ((encoding)&1) == 0,                         \
		       "the encoding of " #name " fits the index");
#include "fields.def"
#undef X

static uint16_t entry_of(int row, bool high)
{
	const struct vmcs_row *r = &vmcs_rows[row];

	return (uint16_t)((unsigned)row | (r->read_only ? VMCS_ENTRY_READ_ONLY : 0) |
			  (high || (r->dirty & DIRTY_RARE) ? VMCS_ENTRY_NOT_PLAIN : 0));
}

void vmcs_index_make(struct vmcs_index *index, const struct vmx_caps *caps)
{
	uint32_t features = vmx_features(caps);

	for (uint32_t encoding = 0; encoding < VMCS_ENCODINGS; encoding++)
		index->entry[encoding] = VMCS_ENTRY_NONE;
	for (int row = 0; row < VMCS_ROWS; row++) {
		uint32_t encoding = vmcs_rows[row].encoding;

		if (!(features >> vmcs_rows[row].exists & 1))
			continue;
		index->entry[encoding] = entry_of(row, false);
		if ((encoding & VMCS_WIDTH) == VMCS_WIDTH_64)
			index->entry[encoding + 1] = entry_of(row, true);
	}
}

void vmcs12_adopt(struct vmcs12_cache *c)
{
	for (int row = 0; row < VMCS_ROWS; row++)
		c->v.cell[row] &= vmcs_rows[row].mask;
	/* A page that L1 filled by hand may say anything here; only "launched" and "not" exist. */
	c->v.launched = c->v.launched != 0;
	c->dirty = DIRTY_ALL;
	c->stale = 0;
	c->mode = 0;
	c->live_cr0 = 0;
	c->live_efer = 0;
	c->live_pat = 0;
}
