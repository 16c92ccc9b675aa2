// SPDX-License-Identifier: Apache-2.0
#include "iotrees.h"

static uint64_t make_table(struct iotrees *t, unsigned level);

static uint64_t below(struct iotrees *t, uint64_t n)
{
	return prng_below(&t->base.prng, n);
}

static bool percent(struct iotrees *t, unsigned n)
{
	return prng_percent(&t->base.prng, n);
}

static uint64_t page_of(unsigned page, unsigned offset)
{
	return ARENA_L1 + page * EPT_PAGE_SIZE + offset;
}

/* Where L1 has something, or nearly. */
static uint64_t some_l1(struct iotrees *t)
{
	switch (below(t, 40)) {
	case 0:
	case 4:
	case 5:
		return t->base.edge[below(t, t->base.edges)];
	case 1:
		return IOTREES_PAGE(below(t, 110));
	case 2:
		return below(t, UINT64_C(1) << (t->config.haw - 12)) << 12;
	case 3:
		return 0xfee00000 | below(t, 0x100) << 12;
	default:
		return below(t, UINT64_C(1) << 19) << 12;
	}
}

static uint64_t some_entry(struct iotrees *t, unsigned level)
{
	uint64_t e = percent(t, 85) ? VTD_PTE_RW : below(t, 3) + 1;

	if (percent(t, 5))
		return prng_next(&t->base.prng) & ~VTD_PTE_RW;
	if (level == 1 || (level < 4 && percent(t, 35))) {
		e |= some_l1(t) & ~((UINT64_C(1) << ept_shift(level)) - 1);
		e |= level > 1 ? VTD_PTE_PS : 0;
	} else if (t->tables && percent(t, 15)) {
		e |= IOTREES_PAGE(below(t, t->tables));
	} else {
		e |= make_table(t, level - 1);
	}
	/* Ignored bits, and now and then a wrong one. */
	e |= prng_next(&t->base.prng) & (VTD_MASK(61, 52) | VTD_BIT(63) | 0x77c);
	if (percent(t, 3))
		e ^= VTD_BIT(below(t, 64));
	return e;
}

static void write_entry(struct iotrees *t, uint32_t table, unsigned slot)
{
	uint64_t e = some_entry(t, t->level[table]);

	arena_set(page_of(table, t->used[table][slot] * 8u), e);
}

static uint64_t make_table(struct iotrees *t, unsigned level)
{
	static const uint16_t favourites[] = {0, 1, 2, 3, 511};
	uint32_t page = t->tables;

	if (page == IOTREES_TABLES)
		return IOTREES_PAGE(below(t, page));
	t->tables++;
	t->level[page] = (uint8_t)level;
	for (unsigned i = 0; i < EPT_ENTRIES; i++)
		arena_set(page_of(page, i * 8), 0);
	for (unsigned slot = 0; slot < 8; slot++) {
		t->used[page][slot] =
			percent(t, 60) ? favourites[below(t, 5)] : (uint16_t)below(t, EPT_ENTRIES);
		if (slot < 3)
			write_entry(t, page, slot);
	}
	return IOTREES_PAGE(page);
}

static void set_pair(uint32_t page, unsigned index, uint64_t low, uint64_t high)
{
	arena_set(page_of(page, index * 16), low);
	arena_set(page_of(page, index * 16 + 8), high);
}

static void write_context(struct iotrees *t, unsigned bus, unsigned n)
{
	static const uint8_t types[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 1, 3};
	unsigned levels = percent(t, 50) ? 3 : 4, type = types[below(t, sizeof(types))];
	uint64_t low = make_table(t, levels) | type << 2 | !percent(t, 5);
	uint64_t high = (levels - 2) | below(t, 6) << VTD_CONTEXT_DID_LOW;

	low |= percent(t, 20) ? VTD_CONTEXT_FPD : 0;
	if (percent(t, 2))
		low ^= VTD_BIT(below(t, 64));
	if (percent(t, 2))
		high ^= VTD_BIT(below(t, 64));
	set_pair(IOTREES_CONTEXTS + bus, n * 9, low, high);
}

static void write_root(struct iotrees *t, unsigned bus)
{
	uint64_t low = IOTREES_PAGE(IOTREES_CONTEXTS + bus) | 1;

	if (percent(t, 2))
		low ^= VTD_BIT(below(t, 64));
	set_pair(IOTREES_ROOT, bus, low, percent(t, 1) ? VTD_BIT(below(t, 64)) : 0);
}

static void pick_config(struct iotrees *t)
{
	static const uint8_t widths[] = {36, 39, 40, 46};

	t->config = (struct viommu_config){
		.agaw_39 = percent(t, 95),
		.agaw_48 = true,
		.page_2m = percent(t, 80),
		.page_1g = percent(t, 80),
		.pass_through = percent(t, 90),
		.queued = true,
		.snoop = percent(t, 30),
		.caching_mode = percent(t, 30),
		.eager_pages = percent(t, 50) ? 4 : 0,
		.mgaw = percent(t, 80) ? 48 : 40,
		.haw = widths[below(t, 4)],
		.domain_bits = (uint8_t)(4 + 2 * below(t, 7)),
		.max_am = 18,
		.fault_registers = 1,
		.run_limit = 64,
	};
}

void iotrees_make(struct iotrees *t, uint64_t seed)
{
	*t = (struct iotrees){0};
	trees_make(&t->base, seed);
	pick_config(t);
	for (unsigned i = 0; i < 110 * EPT_ENTRIES; i++)
		arena_set(ARENA_L1 + i * 8, 0);
	for (unsigned bus = 0; bus < 2; bus++) {
		write_root(t, bus);
		for (unsigned n = 0; n < IOTREES_DEVICES / 2; n++)
			write_context(t, bus, n);
	}
}

uint16_t iotrees_device(struct iotrees *t)
{
	if (percent(t, 2))
		return (uint16_t)prng_next(&t->base.prng);
	return (uint16_t)(below(t, 2) << 8 | below(t, IOTREES_DEVICES / 2) * 9);
}

/* Follows entries that were written from the context's table down. */
static uint64_t mapped_iova(struct iotrees *t, uint16_t device)
{
	uint32_t page = IOTREES_CONTEXTS + (device >> 8) % 2;
	uint64_t table = arena_get(page_of(page, (device & 0xff) * 16)) & VTD_PTE_ADDR;
	uint64_t iova = prng_next(&t->base.prng) >> (percent(t, 90) ? 25 : 16), e;

	for (unsigned depth = 0; depth < 4; depth++) {
		uint64_t n = (table - TABLES_L1_GPA) / EPT_PAGE_SIZE, index;

		if (n >= t->tables)
			return iova;
		index = t->used[n][below(t, 3)];
		iova &= ~(UINT64_C(511) << ept_shift(t->level[n]));
		iova |= index << ept_shift(t->level[n]);
		e = arena_get(page_of((uint32_t)n, (unsigned)index * 8));
		if (ept_is_leaf(e, t->level[n]))
			return iova;
		table = e & VTD_PTE_ADDR;
	}
	return iova;
}

uint64_t iotrees_iova(struct iotrees *t, uint16_t device)
{
	uint64_t *recent = &t->recent[below(t, 8)];

	if (percent(t, 30))
		return *recent ^ below(t, 0x2000);
	if (percent(t, 3))
		return prng_next(&t->base.prng) >> below(t, 40);
	*recent = mapped_iova(t, device);
	return *recent;
}

void iotrees_mutate_page(struct iotrees *t)
{
	write_entry(t, (uint32_t)below(t, t->tables), (unsigned)below(t, 8));
}

void iotrees_mutate_context(struct iotrees *t)
{
	unsigned bus = (unsigned)below(t, 2);

	if (percent(t, 20))
		write_root(t, bus);
	else
		write_context(t, bus, (unsigned)below(t, IOTREES_DEVICES / 2));
}
