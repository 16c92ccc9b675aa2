// SPDX-License-Identifier: Apache-2.0
/*
 * A processor on shadow tables against the reference on the guest's: random tables in each mode,
 * random accesses, changes with the flush that the manual asks for, and a pool that is too small.
 */
#include <stdio.h>
#include <string.h>
#include "spt_model.h"
#include "spt_world.h"
#include "suites.h"

#define SEEDS    40u
#define ACCESSES 1500u

/* What the guest's memory must be: the reference keeps its own copy. */
static uint64_t expected[L1_PAGES * EPT_PAGE_SIZE / 8];

static void adopt_memory(void)
{
	memcpy(expected, arena_ptr(ARENA_L1), sizeof(expected));
}

/* The flags that the access leaves in the tables. */
static void expect_updates(const struct spt_world *w, const struct spt_model *model)
{
	for (unsigned i = 0; i < model->entries; i++) {
		uint64_t at = model->entry[i].hpa - ARENA_L1;
		uint64_t set = model->entry[i].after & ~model->entry[i].before;

		if (w->regs.mode == SPT_32 && at % 8)
			set <<= 32;
		expected[at / 8] |= set;
	}
}

static uint64_t checked, refilled, reused, stale, ends[3];

static void check_fault(const struct spt_model *model, enum spt_verdict verdict,
			const struct spt_fault *fault)
{
	if (verdict == SPT_OWN) {
		EXPECT(model->end == SPT_MODEL_OWN);
		EXPECT(fault->gpa == model->gpa);
	} else {
		EXPECT(model->end == SPT_MODEL_FAULT);
		EXPECT(fault->error == model->error);
	}
}

/* Nothing but SMAP forbids it, and the page is the supervisor's for want of CR0.WP (see README). */
static bool known_limit(const struct spt_world *w, const struct spt_model *model)
{
	return model->end == SPT_MODEL_FAULT && model->only_smap && !w->regs.wp;
}

static void check_access(struct spt_world *w, const struct spt_access *access)
{
	enum spt_verdict verdict = SPT_FILLED;
	struct spt_access reported = *access;
	struct spt_model model;
	struct spt_fault fault;
	uint64_t hpa;

	spt_model_access(&w->regs, &w->caps, access, &model);
	for (unsigned tries = 0; verdict == SPT_FILLED; tries++) {
		EXPECT(tries < 3);
		if (spt_cpu_access(&w->spt, access, &hpa)) {
			if (known_limit(w, &model))
				return;
			EXPECT(model.end == SPT_MODEL_OK);
			EXPECT(hpa == model.hpa);
			break;
		}
		refilled += tries > 0;
		reported.error = access->error | (uint32_t)prng_below(&w->prng, 2);
		verdict = spt_fill(&w->spt, &w->ept01, &reported, &fault);
	}
	if (verdict != SPT_FILLED)
		check_fault(&model, verdict, &fault);
	if (model.end != SPT_MODEL_FAULT)
		expect_updates(w, &model);
	ends[model.end]++;
	checked++;
}

static void flush(struct spt_world *w)
{
	spt_flush(&w->spt);
	spt_load(&w->spt, &w->ept01, &w->regs);
}

enum flushed { NOTHING_WRITTEN, FLUSH_ADDRESS, FLUSH_ALL };

/* The guest rewrites the entry that ends the walk of an address; what it must flush for that. */
static enum flushed rewrite(struct spt_world *w, uint64_t *linear)
{
	struct spt_access access = spt_world_access(w);
	bool four = w->regs.mode == SPT_32;
	struct spt_model model;
	uint64_t value, at;

	*linear = access.linear;
	if (w->regs.mode == SPT_UNPAGED)
		return NOTHING_WRITTEN;
	spt_model_access(&w->regs, &w->caps, &access, &model);
	if (!model.entries || !arena_has(model.entry[model.entries - 1].hpa))
		return NOTHING_WRITTEN;
	at = model.entry[model.entries - 1].hpa;
	value = spt_world_leaf(w, model.shift < 20 ? 1 : model.shift < 30 ? 2 : 3);
	if (model.shift > 38)
		value = 0;
	memcpy(arena_ptr(at), &value, four ? 4 : 8);
	memcpy((char *)expected + (at - ARENA_L1), &value, four ? 4 : 8);
	/* Without CR4.PSE what was meant as a large page is a second way into some table. */
	return model.leaf && !(four && !w->regs.pse) ? FLUSH_ADDRESS : FLUSH_ALL;
}

static void change(struct spt_world *w)
{
	uint64_t linear;

	switch (rewrite(w, &linear)) {
	case NOTHING_WRITTEN:
		return;
	case FLUSH_ADDRESS:
		spt_invalidate(&w->spt, linear);
		return;
	case FLUSH_ALL:
		flush(w);
		return;
	}
}

/* Some entries change, and what flushes is the load of an address space, the same or another. */
static void change_and_switch(struct spt_world *w)
{
	uint64_t linear;

	for (uint64_t n = prng_below(&w->prng, 4); n; n--)
		rewrite(w, &linear);
	spt_world_switch(w);
	EXPECT(spt_pages_used(&w->spt) == w->spt.pool.total - w->spt.pool.free);
}

static void run(enum spt_mode mode, uint64_t seed, uint32_t pages)
{
	static struct spt_world w;

	spt_world_make(&w, mode, seed, pages);
	adopt_memory();
	for (unsigned i = 0; i < ACCESSES; i++) {
		struct spt_access access = spt_world_access(&w);

		check_access(&w, &access);
		if (prng_percent(&w.prng, 20))
			change(&w);
		if (prng_percent(&w.prng, 5))
			change_and_switch(&w);
		if (prng_percent(&w.prng, 1))
			spt_world_flags(&w);
	}
	EXPECT(!memcmp(expected, arena_ptr(ARENA_L1), sizeof(expected)));
	reused += w.spt.stats.reused;
	stale += w.spt.stats.stale;
	spt_drop(&w.spt);
	EXPECT(w.spt.pool.free == w.spt.pool.total);
	if (pages < 16 && mode == SPT_LONG)
		EXPECT(w.spt.stats.evicted);
}

START_TEST(random_tables)
{
	checked = refilled = reused = stale = 0;
	memset(ends, 0, sizeof(ends));
	arena_strays = 0;
	for (uint64_t seed = 0; seed < SEEDS; seed++)
		run((enum spt_mode)_i, seed * 4 + (uint64_t)_i, seed % 4 ? 512 : SPT_MIN_PAGES);
	printf("spt: %lu accesses compared (%lu translated, %lu faults, %lu L0's own), %lu tried "
	       "again; roots used again %lu, stale entries %lu\n",
	       checked, ends[SPT_MODEL_OK], ends[SPT_MODEL_FAULT], ends[SPT_MODEL_OWN], refilled,
	       reused, stale);
	ck_assert_uint_ge(checked, SEEDS * ACCESSES / 2);
	/* A wild pointer without CR4.PSE may name a frame outside of the arena. */
	if (_i != SPT_32)
		ck_assert_uint_eq(arena_strays, 0);
}
END_TEST

TCase *spt_random_cases(void)
{
	TCase *t = tcase_create("shadow page tables, random");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, random_tables, SPT_UNPAGED, SPT_LONG + 1);
	return t;
}
