// SPDX-License-Identifier: Apache-2.0
/* Between the enlightened VMCS page and the cache: straight lines, made from evmcs.def. */
#include "evmcs.h"
#include "vmcs_access.h"

/* What fields.def says of a field, as constants by its name. */
enum {
#define X(encoding, NAME, name, width, access, group, rule, exists)                                \
	ENCODING_OF_##name = encoding, DIRTY_OF_##name = DIRTY_##group,
#include "fields.def"
#undef X
};

/* Volatile: one access of this width, whatever the compiler would like. */
#define AT(bits, page, offset) (*(volatile uint##bits##_t *)((volatile uint8_t *)(page) + (offset)))
#define AT_CONST(bits, page, offset)                                                               \
	(*(const volatile uint##bits##_t *)((const volatile uint8_t *)(page) + (offset)))

#define EVMCS_GROUP(clean)
#define EVMCS_FIELD(name, offset, bits, kind)                                                      \
	_Static_assert((offset) % ((bits) / 8) == 0 && (offset) + (bits) / 8 <= 1024,              \
		       #name " is aligned and in the layout");
#define EVMCS_END
#include "evmcs.def"

void evmcs_adopt(struct vmcs12_cache *c)
{
	for (int row = 0; row < VMCS_ROWS; row++)
		c->v.cell[row] = 0;
	vmcs12_adopt(c);
}

/* How a field of each kind is loaded. */
#define LOAD_CONTROL(name, offset, bits)                                                           \
	value = AT_CONST(bits, page, offset);                                                      \
	if (value != v->name) {                                                                    \
		v->name = value;                                                                   \
		dirty |= DIRTY_OF_##name;                                                          \
	}
#define LOAD_STATE(name, offset, bits) LOAD_CONTROL(name, offset, bits)
/* The cell is older than VMCS02, so a comparison would say nothing. */
#define LOAD_RARE(name, offset, bits)                                                              \
	v->name = AT_CONST(bits, page, offset);                                                    \
	dirty |= DIRTY_OF_##name;
#define LOAD_BLOCK(name, offset, bits) LOAD_RARE(name, offset, bits)
#define LOAD_INFO(name, offset, bits)

static inline __attribute__((always_inline)) void load(struct vmcs12_cache *c, const void *page,
						       uint32_t clean)
{
	struct vmcs12 *v = &c->v;
	uint32_t dirty = 0;
	uint64_t value;

#define EVMCS_GROUP(group)                    if (!(clean & EVMCS_CLEAN_##group)) {
#define EVMCS_FIELD(name, offset, bits, kind) LOAD_##kind(name, offset, bits)
#define EVMCS_END                             }
#include "evmcs.def"
	c->dirty |= dirty;
	c->stale &= ~dirty;
}

/* Most entries find all clean: that case is a copy of its own with the few fields that remain. */
void evmcs_load(struct vmcs12_cache *c, const void *page, uint32_t clean)
{
	if ((clean & EVMCS_CLEAN_ALL) == EVMCS_CLEAN_ALL)
		load(c, page, EVMCS_CLEAN_ALL);
	else
		load(c, page, clean);
}

/* How a field of each kind is stored. */
#define STORE_CONTROL(name, offset, bits)
#define STORE_STATE(name, offset, bits) AT(bits, page, offset) = (uint##bits##_t)v->name;
#define STORE_RARE(name, offset, bits)                                                             \
	AT(bits, page, offset) = (uint##bits##_t)vmcs_read(ENCODING_OF_##name);
/* Fewer instructions; the order of the rows puts right what a narrow field's write spills over. */
#define STORE_BLOCK(name, offset, bits)                                                            \
	vmcs_read_to((uint8_t *)page + (offset), ENCODING_OF_##name);
#define STORE_INFO(name, offset, bits) STORE_STATE(name, offset, bits)

void evmcs_store(const struct vmcs12_cache *c, void *page)
{
	const struct vmcs12 *v = &c->v;

#define EVMCS_GROUP(group)
#define EVMCS_FIELD(name, offset, bits, kind) STORE_##kind(name, offset, bits)
#define EVMCS_END
#include "evmcs.def"
}

#define INFO_CONTROL(name, offset, bits)
#define INFO_STATE(name, offset, bits)
#define INFO_RARE(name, offset, bits)
#define INFO_BLOCK(name, offset, bits)
#define INFO_INFO(name, offset, bits) STORE_INFO(name, offset, bits)

void evmcs_store_info(const struct vmcs12_cache *c, void *page)
{
	const struct vmcs12 *v = &c->v;

#define EVMCS_GROUP(group)
#define EVMCS_FIELD(name, offset, bits, kind) INFO_##kind(name, offset, bits)
#define EVMCS_END
#include "evmcs.def"
}

void evmcs_limit_caps(struct vmx_caps *l1)
{
	l1->pin &= ~((uint64_t)PIN_PREEMPTION_TIMER << 32);
	l1->exit &= ~((uint64_t)EXIT_SAVE_TIMER << 32);
	l1->proc2 &= ~((uint64_t)PROC2_PAUSE_LOOP << 32);
	vmx_caps_hide_apicv(l1);
}
