// SPDX-License-Identifier: Apache-2.0
#include "spt_world.h"
#include <string.h>
#include "spt_model.h"
#include "suites.h"

static bool percent(struct spt_world *w, unsigned n)
{
	return prng_percent(&w->prng, n);
}

static unsigned index_bits(const struct spt_world *w)
{
	return w->regs.mode == SPT_32 ? 10 : 9;
}

static void write_entry(const struct spt_world *w, unsigned table, unsigned index, uint64_t value)
{
	uint64_t hpa =
		ARENA_L1 + table * EPT_PAGE_SIZE + index * (w->regs.mode == SPT_32 ? 4u : 8u);

	if (w->regs.mode == SPT_32)
		memcpy(arena_ptr(hpa), &value, 4);
	else
		arena_set(hpa, value);
}

/* Rights are mostly there; flags are at random; seldom a reserved bit, or no presence. */
static uint64_t random_bits(struct spt_world *w)
{
	uint64_t e = percent(w, 93);

	e |= percent(w, 93) ? 2 : 0;
	e |= percent(w, 93) ? 4 : 0;
	e |= prng_next(&w->prng) & 0x78;
	if (w->regs.mode != SPT_32 && percent(w, 10))
		e |= UINT64_C(1) << 63;
	if (w->regs.mode != SPT_32 && percent(w, 2))
		e |= UINT64_C(1) << (40 + prng_below(&w->prng, 23));
	return e;
}

uint64_t spt_world_leaf(struct spt_world *w, unsigned level)
{
	const struct model_range *range = &model_memory[prng_below(&w->prng, MODEL_RANGES)];
	uint64_t e = random_bits(w), page = level == 1 ? 12 : level == 2 ? 21 : 30, gpa;

	if (w->regs.mode == SPT_32 && level == 2)
		page = 22;
	gpa = range->gpa + prng_below(&w->prng, range->size + 0x4000);
	e |= gpa >> page << page;
	if (level > 1) {
		e |= 0x80 | (prng_next(&w->prng) & 0x1000);
		e |= percent(w, 2) ? UINT64_C(1) << (13 + prng_below(&w->prng, 9)) : 0;
	} else {
		e |= prng_next(&w->prng) & 0x80;
	}
	return e;
}

/* A table and all below it; returns its number, 0 if there are enough. No table has two parents. */
static unsigned make_table(struct spt_world *w, unsigned level)
{
	unsigned table = w->tables, below;

	if (table == w->limit)
		return 0;
	w->tables++;
	w->table[table].level = (uint8_t)level;
	for (unsigned i = 0; i < WORLD_USED; i++) {
		unsigned index = (unsigned)prng_below(&w->prng, 1u << index_bits(w));

		/* Some neighbours, the first and the last entry. */
		if (i && percent(w, 30))
			index = (w->table[table].index[i - 1] + 1u) & ((1u << index_bits(w)) - 1);
		w->table[table].index[i] = (uint16_t)index;
		below = level > 1 && percent(w, 60) ? make_table(w, level - 1) : 0;
		write_entry(w, table, index,
			    below ? (random_bits(w) & ~UINT64_C(0x80)) | below * EPT_PAGE_SIZE
				  : spt_world_leaf(w, level));
	}
	return table;
}

/* Another top table: some entries are those of @first, at the same indices, with rights of its own.
 */
static unsigned make_relative(struct spt_world *w, unsigned first)
{
	unsigned table = make_table(w, w->table[first].level);

	for (unsigned i = 0; table && i < WORLD_USED; i++) {
		unsigned index = w->table[first].index[i], bytes = w->regs.mode == SPT_32 ? 4 : 8;
		uint64_t value = 0;

		if (percent(w, 30))
			continue;
		memcpy(&value, arena_ptr(ARENA_L1 + first * EPT_PAGE_SIZE + index * bytes), bytes);
		w->table[table].index[i] = (uint16_t)index;
		write_entry(w, table, index, value ^ (percent(w, 20) ? 2 : 0));
	}
	return table;
}

static void make_spaces(struct spt_world *w)
{
	enum spt_mode mode = w->regs.mode;
	struct spt_registers *space = w->space;

	for (unsigned n = 0; n < WORLD_SPACES; n++) {
		w->limit = WORLD_TABLES - 16 * (WORLD_SPACES - 1 - n);
		if (mode == SPT_LONG || mode == SPT_32)
			space[n].cr3 =
				EPT_PAGE_SIZE *
				(n ? make_relative(w, 1) : make_table(w, mode == SPT_LONG ? 4 : 2));
		for (unsigned i = 0; mode == SPT_PAE && i < 4; i++)
			space[n].pdpte[i] = n && percent(w, 60) ? space[0].pdpte[i]
								: make_table(w, 2) * EPT_PAGE_SIZE |
									  percent(w, 85);
	}
}

static void enter_space(struct spt_world *w, const struct spt_registers *space)
{
	w->regs.cr3 = space->cr3;
	memcpy(w->regs.pdpte, space->pdpte, sizeof(w->regs.pdpte));
}

void spt_world_switch(struct spt_world *w)
{
	enter_space(w, &w->space[prng_below(&w->prng, WORLD_SPACES)]);
	spt_flush(&w->spt);
	spt_load(&w->spt, &w->ept01, &w->regs);
}

void spt_world_flags(struct spt_world *w)
{
	w->regs.wp = percent(w, 70);
	w->regs.pse = percent(w, 80);
	w->regs.smep = percent(w, 50);
	w->regs.smap = percent(w, 40);
	w->regs.nxe = percent(w, 80);
	spt_load(&w->spt, &w->ept01, &w->regs);
}

static void map_memory(struct spt_world *w)
{
	const struct ept_caps caps = {46, true, true, true};

	EXPECT(!ept_pool_init(&w->pool01, ARENA_EPT01, EPT01_PAGES));
	EXPECT(!ept01_init(&w->ept01, &w->pool01, &caps));
	for (unsigned i = 0; i < MODEL_RANGES; i++) {
		const struct model_range *r = &model_memory[i];
		uint64_t rights = EPT_R | (r->writable ? EPT_W : 0) | (r->executable ? EPT_X : 0);

		EXPECT(!ept01_map(&w->ept01, r->gpa, r->hpa, r->size, rights, EPT_WB));
	}
}

void spt_world_make(struct spt_world *w, enum spt_mode mode, uint64_t seed, uint32_t pages)
{
	*w = (struct spt_world){.prng = {seed}, .regs = {.mode = mode}};
	memset(arena_ptr(ARENA_L1), 0, L1_PAGES * EPT_PAGE_SIZE);
	w->caps.maxphyaddr = percent(w, 50) ? 40 : 36;
	w->caps.page_1g = percent(w, 70);
	map_memory(w);
	EXPECT(!spt_init(&w->spt, ARENA_EPT02, pages, &w->caps));
	w->tables = 1;
	make_spaces(w);
	enter_space(w, &w->space[0]);
	spt_world_flags(w);
}

/* Down through entries that were written, as long as they point to tables. */
static uint64_t random_linear(struct spt_world *w)
{
	bool small = w->regs.mode == SPT_32;
	unsigned table = (unsigned)(w->regs.cr3 / EPT_PAGE_SIZE), per = index_bits(w);
	uint64_t linear = 0;

	if (w->regs.mode == SPT_PAE) {
		linear = prng_below(&w->prng, 4) << 30;
		table = (unsigned)(w->regs.pdpte[linear >> 30] / EPT_PAGE_SIZE);
	}
	while (table && table < w->tables) {
		unsigned level = w->table[table].level, shift = 12 + per * (level - 1);
		uint64_t index = w->table[table].index[prng_below(&w->prng, WORLD_USED)], entry;

		linear |= index << shift;
		entry = arena_get((ARENA_L1 + table * EPT_PAGE_SIZE + index * (small ? 4 : 8)) &
				  ~7u);
		if (small)
			entry = index % 2 ? entry >> 32 : (uint32_t)entry;
		if (level == 1 || (entry & 0x80) ||
		    (entry & 0xfffff000) / EPT_PAGE_SIZE >= w->tables) {
			/* Few pages of a large one, so that they come again. */
			linear |= prng_below(&w->prng, 4) << (shift - 3) & ~UINT64_C(0xfff);
			break;
		}
		table = (unsigned)((entry & 0xfffff000) / EPT_PAGE_SIZE);
	}
	return linear;
}

struct spt_access spt_world_access(struct spt_world *w)
{
	struct spt_access access = {.linear = random_linear(w)};
	uint64_t top = access.linear & UINT64_C(0x800000000000);

	if (w->regs.mode == SPT_UNPAGED)
		access.linear = model_memory[prng_below(&w->prng, MODEL_RANGES)].gpa +
				prng_below(&w->prng, 64) * 0x1000;
	if (percent(w, 5))
		access.linear ^= UINT64_C(1) << (12 + prng_below(&w->prng, 18));
	access.linear |= prng_below(&w->prng, 512) * 8;
	if (top)
		access.linear |= UINT64_C(0xffff) << 48;
	access.error = percent(w, 40) ? 2 : percent(w, 30) ? 0x10 : 0;
	access.error |= percent(w, 50) ? 4 : 0;
	access.smap = !(access.error & 0x14) && percent(w, 50);
	return access;
}
