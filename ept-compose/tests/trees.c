// SPDX-License-Identifier: Apache-2.0
#include "trees.h"
#include "suites.h"

#define PAGE_OF(n) (TABLES_L1_GPA + (n)*EPT_PAGE_SIZE)
#define GIB        (UINT64_C(1) << 30)

/* splitmix64 */
uint64_t prng_next(struct prng *prng)
{
	uint64_t z = prng->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t prng_below(struct prng *prng, uint64_t n)
{
	return prng_next(prng) % n;
}

bool prng_percent(struct prng *prng, unsigned percent)
{
	return prng_below(prng, 100) < percent;
}

static uint64_t pick_type(struct prng *prng)
{
	static const uint8_t types[] = {6, 6, 6, 6, 6, 0, 1, 4, 5};

	return types[prng_below(prng, sizeof(types))];
}

static uint64_t pick_rights(struct prng *prng, bool exec_only)
{
	static const uint8_t rights[] = {7, 7, 7, 7, 7, 7, 7, 7, 5, 3, 1, 4};

	return rights[prng_below(prng, sizeof(rights) - !exec_only)];
}

/* An address of L1 where something may be of interest. */
static uint64_t pick_l1(struct trees *t)
{
	switch (prng_below(&t->prng, 8)) {
	case 0:
	case 1:
	case 2:
		return t->edge[prng_below(&t->prng, t->edges)];
	case 3:
		return PAGE_OF(prng_below(&t->prng, t->tables + 1));
	case 4:
		return prng_below(&t->prng, UINT64_C(1) << (t->caps12.maxphyaddr - 12)) << 12;
	default:
		return prng_below(&t->prng, 4 * GIB >> 12) << 12;
	}
}

static uint64_t random_leaf(struct trees *t, unsigned level)
{
	uint64_t e = pick_l1(t) | pick_type(&t->prng) << 3 | pick_rights(&t->prng, true);

	if (!prng_percent(&t->prng, 2)) /* else address bits in a large leaf, a misconfiguration */
		e &= ~(((UINT64_C(1) << ept_shift(level)) - 1) & EPT_ADDR_MASK);
	if (level > 1)
		e |= EPT_LARGE;
	if (prng_percent(&t->prng, 20))
		e |= EPT_IPAT;
	return e;
}

/* A new table, one there is (even of another level, even itself), or a hole of L1's memory. */
static uint64_t make_table(struct trees *t, unsigned level);

static uint64_t random_table(struct trees *t, unsigned level)
{
	uint64_t e = pick_rights(&t->prng, true) | (prng_percent(&t->prng, 85) ? EPT_RWX : 0);

	if (prng_percent(&t->prng, 2))
		return e | pick_l1(t);
	if (t->tables && prng_percent(&t->prng, 15))
		return e | PAGE_OF(prng_below(&t->prng, t->tables));
	return e | make_table(t, level - 1);
}

static uint64_t random_entry(struct trees *t, unsigned level)
{
	unsigned leaf_percent = level == 1 ? 100 : level == 4 ? 1 : 35;
	uint64_t e;

	if (prng_percent(&t->prng, 4)) /* not present, whatever else it holds */
		return prng_next(&t->prng) & ~EPT_RWX;
	if (prng_percent(&t->prng, leaf_percent))
		e = random_leaf(t, level);
	else
		e = random_table(t, level);
	/* Bits that are ignored, flags included. */
	e |= prng_next(&t->prng) & (UINT64_C(0xfff) << 52 | 0x900);
	if (prng_percent(&t->prng, 40))
		e |= EPT_D;
	if (prng_percent(&t->prng, 2)) /* one wrong bit, anywhere */
		e ^= UINT64_C(1) << prng_below(&t->prng, 64);
	return e;
}

static unsigned pick_index(struct prng *prng)
{
	static const uint16_t favourites[] = {0, 1, 2, 511};

	if (prng_percent(prng, 60))
		return favourites[prng_below(prng, 4)];
	return (unsigned)prng_below(prng, EPT_ENTRIES);
}

static void write_entry(struct trees *t, uint32_t page, unsigned index)
{
	uint64_t e = random_entry(t, t->table[page].level);

	arena_set(ARENA_L1 + page * EPT_PAGE_SIZE + index * 8, e);
	if (t->table[page].count < TREES_USED)
		t->table[page].index[t->table[page].count++] = (uint16_t)index;
}

static uint64_t make_table(struct trees *t, unsigned level)
{
	unsigned entries = 2 + (unsigned)prng_below(&t->prng, 3);
	uint32_t page = t->tables;

	if (page == TREES_TABLES)
		return PAGE_OF(prng_below(&t->prng, page));
	t->tables++;
	t->table[page].level = (uint8_t)level;
	for (unsigned i = 0; i < EPT_ENTRIES; i++)
		arena_set(ARENA_L1 + page * EPT_PAGE_SIZE + i * 8, 0);
	while (entries--)
		write_entry(t, page, pick_index(&t->prng));
	return PAGE_OF(page);
}

void trees_mutate01(struct trees *t, uint64_t *gpa, uint64_t *size)
{
	static const uint8_t shifts[] = {12, 12, 12, 21, 21, 24, 30};
	unsigned shift = shifts[prng_below(&t->prng, sizeof(shifts))];
	uint64_t align = UINT64_C(1) << shift;
	uint64_t rights = pick_rights(&t->prng, t->caps01.exec_only);
	int error;

	if (shift > 12 &&
	    prng_percent(&t->prng, 30)) { /* unaligned, so of small leaves: not too long */
		align = EPT_PAGE_SIZE;
		shift = 21;
	}
	*gpa = prng_below(&t->prng, 4 * GIB / align) * align;
	if (shift == 12 && prng_percent(&t->prng, 25))
		*gpa = PAGE_OF(prng_below(&t->prng, 64));
	*size = (1 + prng_below(&t->prng, 3)) << shift;
	t->edge[t->edges++ % 16] = *gpa;
	t->edge[t->edges++ % 16] = *gpa + *size;
	if (t->edges > 15)
		t->edges = 14;
	if (prng_percent(&t->prng, 30)) {
		error = ept01_unmap(&t->ept01, *gpa, *size);
	} else {
		if (prng_percent(&t->prng, 30))
			rights |= EPT_IPAT;
		error = ept01_map(&t->ept01, *gpa, FRAMES_HPA + prng_below(&t->prng, 64) * align,
				  *size, rights, (unsigned)pick_type(&t->prng));
	}
	EXPECT(error == 0);
}

static void make_ept01(struct trees *t)
{
	uint64_t gpa, size, ipat = prng_percent(&t->prng, 50) ? EPT_IPAT : 0;

	EXPECT(ept_pool_init(&t->pool01, ARENA_EPT01, EPT01_PAGES) == 0);
	EXPECT(ept01_init(&t->ept01, &t->pool01, &t->caps01) == 0);
	ept01_map(&t->ept01, 0, FRAMES_HPA + 64 * GIB, 2 * GIB, EPT_RWX | ipat, EPT_WB);
	ept01_map(&t->ept01, TABLES_L1_GPA, ARENA_L1, 0x200000, EPT_RWX | ipat, EPT_WB);
	t->edges = 0;
	t->edge[t->edges++] = 2 * GIB;
	t->edge[t->edges++] = 0x100000;
	for (uint64_t n = prng_below(&t->prng, 5); n; n--)
		trees_mutate01(t, &gpa, &size);
}

static void pick_caps(struct trees *t)
{
	static const uint8_t widths[] = {36, 39, 40, 46};
	struct prng *prng = &t->prng;

	t->caps01 = (struct ept_caps){46, prng_percent(prng, 70), prng_percent(prng, 70), true};
	t->caps12 = t->caps01;
	t->caps12.maxphyaddr = widths[prng_below(prng, 4)];
	if (prng_percent(prng, 30))
		t->caps12.exec_only = false;
	if (prng_percent(prng, 30))
		t->caps12.page_1g = false;
}

void trees_make(struct trees *t, uint64_t seed)
{
	*t = (struct trees){.prng = {seed}};
	pick_caps(t);
	make_ept01(t);
	for (unsigned i = 0; i < TREES_ROOTS; i++) {
		t->root12[i] = make_table(t, 4) | EPT_WB | EPTP_WALK_4;
		if (prng_percent(&t->prng, 50))
			t->root12[i] |= EPTP_AD;
	}
}

/* Follows written entries down from the root as far as they lead. */
static uint64_t mapped_gpa(struct trees *t, uint64_t eptp12)
{
	uint64_t gpa = prng_next(&t->prng) >> 16, table = eptp12 & EPTP_ADDR_MASK;

	for (unsigned level = EPT_LEVELS; level; level--) {
		uint64_t page = (table - TABLES_L1_GPA) / EPT_PAGE_SIZE, e, index;

		if (page >= t->tables || !t->table[page].count)
			break;
		index = t->table[page].index[prng_below(&t->prng, t->table[page].count)];
		gpa &= ~((UINT64_C(511)) << ept_shift(level));
		gpa |= index << ept_shift(level);
		e = arena_get(ARENA_L1 + page * EPT_PAGE_SIZE + index * 8);
		if (ept_is_leaf(e, level))
			break;
		table = e & EPT_ADDR_MASK;
	}
	return gpa;
}

uint64_t trees_gpa(struct trees *t, uint64_t eptp12)
{
	uint64_t *recent = &t->recent[t->asked % 8];

	if (t->asked > 8 && prng_percent(&t->prng, 40))
		return t->recent[prng_below(&t->prng, 8)] ^ prng_below(&t->prng, 0x2000);
	t->asked++;
	if (prng_percent(&t->prng, 2))
		*recent = prng_next(&t->prng);
	else if (prng_percent(&t->prng, 3))
		*recent = prng_next(&t->prng) >> 16;
	else
		*recent = mapped_gpa(t, eptp12);
	return *recent;
}

void trees_mutate12(struct trees *t)
{
	uint32_t page = (uint32_t)prng_below(&t->prng, t->tables);
	unsigned index = pick_index(&t->prng);

	if (prng_percent(&t->prng, 70))
		index = t->table[page].index[prng_below(&t->prng, t->table[page].count)];
	write_entry(t, page, index);
}
