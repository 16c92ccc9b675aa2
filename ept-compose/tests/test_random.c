// SPDX-License-Identifier: Apache-2.0
/* Random trees, addresses and accesses: the library against the model and a pretended processor. */
#include <stdio.h>
#include <string.h>
#include "arena.h"
#include "cpu.h"
#include "ept_compose.h"
#include "model.h"
#include "suites.h"
#include "trees.h"

#define PAIRS    3000u
#define ACCESSES 80u
#define WORDS    (64u * EPT_ENTRIES) /* of EPT12's tables */

struct rig {
	struct trees trees;
	struct ept02_cache cache;
	struct cpu cpu;
	uint64_t twin[WORDS];    /* what EPT12's tables must hold */
	bool fresh[EPT02_SLOTS]; /* EPT12 unchanged since this slot's tree was last dropped */
	unsigned seen[4], compared, hits, raced;
	struct ept02_stats stats;
};

static void copy_twin(struct rig *rig)
{
	for (unsigned i = 0; i < WORDS; i++)
		rig->twin[i] = arena_get(ARENA_L1 + i * 8);
}

static void check_twin(const struct rig *rig)
{
	for (unsigned i = 0; i < WORDS; i++)
		EXPECT(rig->twin[i] == arena_get(ARENA_L1 + i * 8));
}

/* The flags that the model expects, into the twin; each such word must now be the same. */
static void check_updates(struct rig *rig, const struct model_answer *want)
{
	for (unsigned i = 0; i < want->updates; i++) {
		uint64_t word = (want->update[i].hpa - ARENA_L1) / 8;

		if (word < WORDS)
			rig->twin[word] |= want->update[i].bits;
	}
	for (unsigned i = 0; i < want->updates; i++) {
		uint64_t word = (want->update[i].hpa - ARENA_L1) / 8;

		if (word < WORDS)
			EXPECT(rig->twin[word] == arena_get(want->update[i].hpa));
	}
}

static void check_leaf(const struct model_answer *want, const struct model_walk *got)
{
	EXPECT(got->end == MODEL_PAGE);
	EXPECT(got->to == want->hpa);
	EXPECT(got->size == want->size);
	EXPECT(got->r + 2u * got->w + 4u * got->x == want->rights);
	EXPECT(got->type == want->type);
	EXPECT(got->ipat == want->ipat);
}

static void check_refusal(const struct model_answer *want, enum ept_verdict verdict,
			  const struct ept_fault *got)
{
	EXPECT(got->rights12 == want->rights12);
	if (verdict == EPT_REFLECT_VIOLATION)
		EXPECT(got->qualification == want->qualification);
	if (verdict == EPT_L0_OWN)
		EXPECT(got->rights01 == want->rights01);
	if (verdict == EPT_L0_OWN || want->table_gone)
		EXPECT(got->l1_gpa == want->l1_gpa);
	EXPECT(got->table_gone == want->table_gone);
}

static enum ept_verdict fill(struct rig *rig, struct ept02_slot *slot, uint64_t gpa, uint64_t qual,
			     struct ept_fault *fault)
{
	enum ept_verdict verdict;
	unsigned tries = 0;
	uint64_t raced;

	/* A table that is its own child is changed under its own walk: L2 just tries again. */
	do {
		raced = rig->cache.stats.raced;
		verdict = ept02_fill(&rig->cache, slot, &rig->trees.ept01, gpa, qual, fault);
		rig->raced += raced != rig->cache.stats.raced;
		EXPECT(tries++ < 5);
	} while (raced != rig->cache.stats.raced);
	return verdict;
}

static void answer_violation(struct rig *rig, struct ept02_slot *slot, uint64_t gpa, uint64_t qual)
{
	static const enum model_verdict same[] = {
		[EPT_FILLED] = MODEL_FILL,
		[EPT_REFLECT_VIOLATION] = MODEL_VIOLATION,
		[EPT_REFLECT_MISCONFIG] = MODEL_MISCONFIG,
		[EPT_L0_OWN] = MODEL_OWN,
	};
	struct trees *t = &rig->trees;
	struct model_answer want;
	struct model_walk walk;
	struct ept_fault fault;
	enum ept_verdict got;

	want = model_fill(t->ept01.root, &t->caps01, slot->eptp12, &t->caps12, gpa, qual);
	got = fill(rig, slot, gpa, qual, &fault);
	EXPECT(same[got] == want.verdict);
	check_updates(rig, &want);
	rig->seen[got]++;
	rig->compared++;
	if (got != EPT_FILLED) {
		check_refusal(&want, got, &fault);
		return;
	}
	cpu_enter(&rig->cpu, &rig->cache, slot);
	EXPECT(cpu_access(&rig->cpu, slot, gpa, qual & EPT_RWX, &qual, &walk));
	check_leaf(&want, &walk);
}

/* EPT02 let it pass: EPT12 must, too, unless L1 changed it and has not executed INVEPT. */
static void check_hit(struct rig *rig, const struct ept02_slot *slot, uint64_t gpa, unsigned access,
		      const struct model_walk *walk)
{
	struct trees *t = &rig->trees;
	struct model_answer want;

	rig->hits++;
	if (!rig->fresh[ept02_slot_number(&rig->cache, slot)])
		return;
	want = model_fill(t->ept01.root, &t->caps01, slot->eptp12, &t->caps12, gpa, access);
	EXPECT(want.verdict == MODEL_FILL);
	EXPECT(walk->to == want.hpa);
	EXPECT(!((walk->r + 2u * walk->w + 4u * walk->x) & ~want.rights));
	check_updates(rig, &want);
}

/* Every leaf below this table lies in a page of EPT01 that has its rights. */
static void check_frames(const struct rig *rig, uint64_t table, unsigned level,
			 const uint64_t (*pages)[3], unsigned count)
{
	for (unsigned i = 0; i < EPT_ENTRIES; i++) {
		uint64_t e = arena_get(table + i * 8), hpa = e & EPT_ADDR_MASK;
		bool found = false;

		if (!(e & 7))
			continue;
		if (level > 1 && !(e & EPT_LARGE)) {
			check_frames(rig, hpa, level - 1, pages, count);
			continue;
		}
		for (unsigned n = 0; n < count && !found; n++)
			found = hpa >= pages[n][0] &&
				hpa + (UINT64_C(1) << ept_shift(level)) <= pages[n][1] &&
				!(e & 7 & ~pages[n][2]);
		EXPECT(found);
	}
}

/* The leaves of EPT01 as [from, to), rights. */
static unsigned list_frames(uint64_t table, unsigned level, uint64_t (*pages)[3], unsigned count)
{
	for (unsigned i = 0; i < EPT_ENTRIES; i++) {
		uint64_t e = arena_get(table + i * 8), hpa = e & EPT_ADDR_MASK;

		if (!(e & 7))
			continue;
		if (level > 1 && !(e & EPT_LARGE)) {
			count = list_frames(hpa, level - 1, pages, count);
			continue;
		}
		pages[count][0] = hpa;
		pages[count][1] = hpa + (UINT64_C(1) << ept_shift(level));
		pages[count++][2] = e & 7;
	}
	return count;
}

static void check_cache(const struct rig *rig)
{
	static uint64_t pages[EPT01_PAGES * EPT_ENTRIES][3];
	const struct ept02_cache *cache = &rig->cache;
	unsigned count = list_frames(rig->trees.ept01.root, 4, pages, 0);
	uint32_t used = EPT02_SLOTS;

	for (unsigned i = 0; i < EPT02_SLOTS; i++) {
		check_frames(rig, cache->slot[i].root, 4, (const uint64_t(*)[3])pages, count);
		used += cache->slot[i].pages.count;
	}
	EXPECT(used + cache->pool.free == cache->pool.total);
	check_twin(rig);
}

static void forget_fresh(struct rig *rig)
{
	for (unsigned i = 0; i < EPT02_SLOTS; i++)
		rig->fresh[i] = !rig->cache.slot[i].pages.count;
}

/* Now and then something changes; what is owed to the library is done at once, or INVEPT later. */
static void disturb(struct rig *rig)
{
	struct trees *t = &rig->trees;
	uint64_t gpa, size;

	if (prng_percent(&t->prng, 10)) {
		trees_mutate12(t);
		copy_twin(rig);
		forget_fresh(rig);
	}
	if (prng_percent(&t->prng, 2)) {
		trees_mutate01(t, &gpa, &size);
		ept02_invalidate_l1_range(&rig->cache, gpa, size);
		forget_fresh(rig);
	}
	if (prng_percent(&t->prng, 2))
		ept02_invalidate(&rig->cache, t->root12[prng_below(&t->prng, TREES_ROOTS)]);
	if (prng_percent(&t->prng, 1))
		ept02_invalidate_all(&rig->cache);
	for (unsigned i = 0; i < EPT02_SLOTS; i++)
		rig->fresh[i] |= !rig->cache.slot[i].pages.count;
}

static void one_access(struct rig *rig)
{
	static const uint8_t accesses[] = {1, 1, 2, 2, 3, 4, 4};
	struct prng *prng = &rig->trees.prng;
	unsigned access = accesses[prng_below(prng, sizeof(accesses))];
	/* Mostly one root, so that its tree grows. */
	uint64_t eptp12 =
		rig->trees.root12[prng_below(prng, 6) / 4 * prng_below(prng, TREES_ROOTS)];
	uint64_t gpa = trees_gpa(&rig->trees, eptp12), qual;
	struct ept02_slot *slot = ept02_get(&rig->cache, eptp12);
	struct model_walk walk;

	cpu_enter(&rig->cpu, &rig->cache, slot);
	if (!cpu_access(&rig->cpu, slot, gpa, access, &qual, &walk)) {
		answer_violation(rig, slot, gpa, qual | (prng_next(prng) & ~UINT64_C(0x3f)));
	} else if (prng_percent(prng, 60)) {
		check_hit(rig, slot, gpa, access, &walk);
	} else { /* a violation all the same, as from a stale TLB */
		cpu_forget(&rig->cpu, slot, gpa);
		answer_violation(rig, slot, gpa, access);
	}
	cpu_check_tlb(&rig->cpu, &rig->cache);
}

static void add_stats(struct rig *rig)
{
	const struct ept02_stats *from = &rig->cache.stats;

	rig->stats.filled_4k += from->filled_4k;
	rig->stats.filled_2m += from->filled_2m;
	rig->stats.filled_1g += from->filled_1g;
	rig->stats.upgraded += from->upgraded;
	rig->stats.replaced += from->replaced;
	rig->stats.evicted += from->evicted;
	rig->stats.invalidated += from->invalidated;
}

static void one_pair(struct rig *rig, uint64_t seed, uint32_t pages)
{
	trees_make(&rig->trees, seed);
	memset(&rig->cpu, 0, sizeof(rig->cpu));
	rig->cpu.caps = rig->trees.caps01;
	EXPECT(ept02_init(&rig->cache, ARENA_EPT02, pages, &rig->trees.caps12,
			  &rig->trees.caps01) == 0);
	copy_twin(rig);
	memset(rig->fresh, 1, sizeof(rig->fresh));
	for (unsigned i = 0; i < ACCESSES; i++) {
		disturb(rig);
		one_access(rig);
	}
	check_cache(rig);
	add_stats(rig);
	ept02_invalidate_all(&rig->cache);
	EXPECT(rig->cache.pool.free == rig->cache.pool.total - EPT02_SLOTS);
	for (unsigned i = 0; i < EPT02_SLOTS; i++)
		for (unsigned n = 0; n < EPT_ENTRIES; n++)
			EXPECT(arena_get(rig->cache.slot[i].root + n * 8) == 0);
	ept01_destroy(&rig->trees.ept01);
	EXPECT(rig->trees.pool01.free == rig->trees.pool01.total);
}

static void run(unsigned pairs, const uint32_t *pages, unsigned sizes, struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	for (unsigned i = 0; i < pairs; i++)
		one_pair(rig, 0x7e57000000 + i, pages[i % sizes]);
	printf("ept-compose: %u fills compared (%u filled, %u violations, %u misconfigurations, "
	       "%u L0's own), %u hits, %u raced; leaves 4K %lu 2M %lu 1G %lu, "
	       "upgraded %lu, replaced %lu, evicted %lu, invalidated %lu\n",
	       rig->compared, rig->seen[EPT_FILLED], rig->seen[EPT_REFLECT_VIOLATION],
	       rig->seen[EPT_REFLECT_MISCONFIG], rig->seen[EPT_L0_OWN], rig->hits, rig->raced,
	       rig->stats.filled_4k, rig->stats.filled_2m, rig->stats.filled_1g,
	       rig->stats.upgraded, rig->stats.replaced, rig->stats.evicted,
	       rig->stats.invalidated);
}

static struct rig rig;

START_TEST(random_trees_agree_with_the_model)
{
	static const uint32_t roomy[] = {512};

	run(PAIRS, roomy, 1, &rig);
	ck_assert_uint_ge(rig.compared, 100000);
	ck_assert_uint_eq(rig.stats.evicted, 0);
	/* The generator must not have become blind to anything. */
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_gt(rig.seen[i], 5000);
	ck_assert_uint_gt(rig.stats.filled_1g, 200);
	ck_assert_uint_gt(rig.stats.filled_2m, 1000);
	ck_assert_uint_gt(rig.stats.replaced, 30);
	ck_assert_uint_gt(rig.stats.upgraded, 100);
	ck_assert_uint_gt(rig.raced, 10);
}
END_TEST

START_TEST(random_trees_agree_when_pages_are_short)
{
	static const uint32_t tight[] = {EPT02_MIN_PAGES, EPT02_MIN_PAGES + 1, 16, 20};

	run(PAIRS / 3, tight, 4, &rig);
	ck_assert_uint_gt(rig.stats.evicted, 300);
}
END_TEST

TCase *random_cases(void)
{
	TCase *tcase = tcase_create("random");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, random_trees_agree_with_the_model);
	tcase_add_test(tcase, random_trees_agree_when_pages_are_short);
	return tcase;
}
