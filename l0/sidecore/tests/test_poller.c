// SPDX-License-Identifier: Apache-2.0
#include <check.h>

#include "sidecore/poller.h"
#include "tests/run_cases.h"

/* A source with so much to do, which notes when it was served. */
struct pile {
	unsigned left;
	unsigned order;
	unsigned most; /* in one turn */
	uint64_t now;
};

static unsigned served;

static unsigned work_off(void *of, uint64_t now, unsigned budget)
{
	struct pile *pile = of;
	unsigned done = pile->left < budget ? pile->left : budget;

	pile->left -= done;
	pile->order = served++;
	pile->now = now;
	if (done > pile->most)
		pile->most = done;
	return done;
}

static const uint64_t offset = 1000;

static void add(struct poller *p, struct pile *pile)
{
	const struct poller_source source = {work_off, pile, &offset, 0};

	ck_assert(poller_add(p, &source));
}

/* One has a mountain, the others a little: nobody waits for the mountain. */
START_TEST(fair)
{
	struct pile pile[3] = {{.left = 100000}, {.left = 3}, {.left = 40}};
	struct poller p = {.budget = 16};

	for (unsigned i = 0; i < 3; i++)
		add(&p, &pile[i]);
	for (unsigned turn = 0; turn < 3; turn++)
		ck_assert(poller_turn(&p, turn));
	ck_assert_uint_eq(pile[0].left, 100000 - 48);
	ck_assert_uint_eq(pile[1].left, 0);
	ck_assert_uint_eq(pile[2].left, 0);
	ck_assert_uint_eq(pile[0].most, 16);
	ck_assert_uint_eq(p.source[0].work, 48);
	ck_assert_uint_eq(p.source[2].work, 40);
	ck_assert_uint_eq(pile[0].now, 1002);
}
END_TEST

START_TEST(turns_about)
{
	struct pile pile[3] = {{0}};
	struct poller p = {.budget = 1};

	for (unsigned i = 0; i < 3; i++)
		add(&p, &pile[i]);
	for (unsigned turn = 0; turn < 6; turn++) {
		served = 0;
		ck_assert(!poller_turn(&p, turn));
		for (unsigned i = 0; i < 3; i++)
			ck_assert_uint_eq(pile[(turn + i) % 3].order, i);
	}
}
END_TEST

START_TEST(full)
{
	const struct poller_source source = {work_off, NULL, &offset, 0};
	struct poller p = {.budget = 1};

	ck_assert(!poller_turn(&p, 0)); /* nothing to look at is no work */
	for (unsigned i = 0; i < POLLER_SOURCES; i++)
		ck_assert(poller_add(&p, &source));
	ck_assert(!poller_add(&p, &source));
}
END_TEST

START_TEST(spins)
{
	struct poller p = {.idle = POLLER_SPIN, .longest = 4096};

	for (unsigned i = 0; i < 100; i++)
		ck_assert_uint_eq(poller_account(&p, 10, false), 0);
	ck_assert_uint_eq(poller_account(&p, 7, true), 0);
	ck_assert_uint_eq(p.spent.idle_ticks, 1000);
	ck_assert_uint_eq(p.spent.busy_ticks, 7);
	ck_assert_uint_eq(p.spent.turns, 101);
	ck_assert_uint_eq(p.spent.busy_turns, 1);
}
END_TEST

START_TEST(spent_since)
{
	struct poller p = {.idle = POLLER_SPIN};
	struct poll_counters then, spent;

	poller_account(&p, 10, false);
	poller_account(&p, 7, true);
	then = polling_since(&p.spent, &(struct poll_counters){0});
	poller_account(&p, 5, true);
	poller_account(&p, 3, false);
	poller_account(&p, 2, false);
	spent = polling_since(&p.spent, &then);
	ck_assert_uint_eq(spent.busy_ticks, 5);
	ck_assert_uint_eq(spent.idle_ticks, 5);
	ck_assert_uint_eq(spent.turns, 3);
	ck_assert_uint_eq(spent.busy_turns, 1);
}
END_TEST

/* Twice as long each time up to the longest; work makes it attentive again. */
START_TEST(backs_off)
{
	static const uint64_t waits[] = {0, 64, 128, 256, 300, 300, 300};
	struct poller p = {.idle = POLLER_BACKOFF, .longest = 300};

	for (unsigned again = 0; again < 2; again++) {
		for (unsigned i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
			ck_assert_uint_eq(poller_account(&p, 1, false), waits[i]);
		ck_assert_uint_eq(poller_account(&p, 1, true), 0);
	}
}
END_TEST

static TCase *cases(void)
{
	TCase *tests = tcase_create("poller");

	tcase_add_test(tests, fair);
	tcase_add_test(tests, turns_about);
	tcase_add_test(tests, full);
	tcase_add_test(tests, spins);
	tcase_add_test(tests, spent_since);
	tcase_add_test(tests, backs_off);
	return tests;
}

int main(void)
{
	return run_cases("poller", (make_cases *const[]){cases}, 1);
}
