// SPDX-License-Identifier: Apache-2.0
#include "eli_guard.h"
#include "suites.h"

#define LOOK   100u
#define WINDOW (LOOK * ELI_WINDOW_LOOKS)

static const struct eli_guard_knobs knobs = {LOOK, 3, 1000, 6000};
static const struct eli_half idle = {-1, -1}, busy = {0x41, 0x52}, alone = {-1, 0x52};

static struct eli_guard g;

/* How many of a kind end direct mode when they come at once. */
static unsigned bound(enum eli_trouble what, uint64_t now)
{
	unsigned n = 1;

	while (!eli_guard_count(&g, what, now))
		n++;
	return n;
}

START_TEST(each_kind)
{
	static const unsigned most[] = {
#define ELI_TROUBLE(name, limit, why) limit,
#include "eli_guard.def"
#undef ELI_TROUBLE
	};

	for (unsigned i = 0; i < ELI_TROUBLES; i++) {
		eli_guard_init(&g, &knobs, 0);
		ck_assert(!eli_guard_rests(&g, 0));
		ck_assert_uint_eq(bound((enum eli_trouble)i, 5), most[i]);
		ck_assert(eli_guard_rests(&g, 5 + 999) && !eli_guard_rests(&g, 5 + 1000));
		ck_assert(eli_trouble_why((enum eli_trouble)i)[0]);
	}
}
END_TEST

/* What is spread over many windows is no trouble. */
START_TEST(windows)
{
	eli_guard_init(&g, &knobs, 0);
	for (uint64_t now = 0; now < 100 * WINDOW; now += WINDOW / 8)
		ck_assert(!eli_guard_count(&g, ELI_TROUBLE_MOVE, now));
	ck_assert_uint_eq(g.rests, 0);
}
END_TEST

/* Twice as long each time, bounded; a window without trouble makes it short again. */
START_TEST(rests_grow)
{
	static const uint64_t lengths[] = {1000, 2000, 4000, 6000, 6000};
	uint64_t now = 0;

	eli_guard_init(&g, &knobs, now);
	for (unsigned i = 0; i < 5; i++) {
		ck_assert(eli_guard_count(&g, ELI_TROUBLE_LOST, now));
		ck_assert_uint_eq(g.rest_until - now, lengths[i]);
		ck_assert(eli_guard_count(&g, ELI_TROUBLE_MOVE, now)); /* still resting */
		now = g.rest_until;
	}
	now += WINDOW;
	ck_assert(!eli_guard_look(&g, &idle, now));
	ck_assert(eli_guard_count(&g, ELI_TROUBLE_LOST, now));
	ck_assert_uint_eq(g.rest_until - now, 1000);
}
END_TEST

/* Trouble in the window after a rest, though not enough of it: the next rest is still the long one.
 */
START_TEST(trouble_goes_on)
{
	uint64_t now = 0;

	eli_guard_init(&g, &knobs, now);
	ck_assert(eli_guard_count(&g, ELI_TROUBLE_LOST, now));
	now = g.rest_until;
	ck_assert(!eli_guard_count(&g, ELI_TROUBLE_MOVE, now));
	ck_assert(eli_guard_count(&g, ELI_TROUBLE_LOST, now + WINDOW));
	ck_assert_uint_eq(g.rest_until - now - WINDOW, 2000);
}
END_TEST

START_TEST(looks)
{
	eli_guard_init(&g, &knobs, 1000);
	ck_assert(!eli_guard_due(&g, 1099) && eli_guard_due(&g, 1100));
	ck_assert_uint_eq(eli_guard_deadline(&g), 1100);
	ck_assert(!eli_guard_look(&g, &idle, 1150));
	ck_assert_uint_eq(eli_guard_deadline(&g), 1250);
}
END_TEST

START_TEST(stuck)
{
	const struct eli_half other = {0x41, 0x53};

	eli_guard_init(&g, &knobs, 0);
	/* A long handler that nobody waits for. */
	for (uint64_t now = 0; now < 50; now++)
		ck_assert(!eli_guard_look(&g, &alone, now));
	/* One after another, each with others behind it. */
	for (uint64_t now = 50; now < 90; now += 2) {
		ck_assert(!eli_guard_look(&g, &busy, now));
		ck_assert(!eli_guard_look(&g, &other, now + 1));
	}
	ck_assert(!eli_guard_look(&g, &busy, 91));
	ck_assert(!eli_guard_look(&g, &busy, 92));
	ck_assert(eli_guard_look(&g, &busy, 93));
	ck_assert(eli_guard_rests(&g, 94));
	ck_assert(eli_guard_look(&g, &idle, 95));
	/* After the rest it is counted anew. */
	ck_assert(!eli_guard_look(&g, &busy, g.rest_until));
	ck_assert(!eli_guard_look(&g, &busy, g.rest_until + 1));
	ck_assert(eli_guard_look(&g, &busy, g.rest_until + 2));
}
END_TEST

TCase *guard_cases(void)
{
	TCase *tcase = tcase_create("guard");

	tcase_add_test(tcase, each_kind);
	tcase_add_test(tcase, windows);
	tcase_add_test(tcase, rests_grow);
	tcase_add_test(tcase, trouble_goes_on);
	tcase_add_test(tcase, looks);
	tcase_add_test(tcase, stuck);
	return tcase;
}
