// SPDX-License-Identifier: Apache-2.0
#include "suites.h"

#include "measure/counters.h"

static struct counters counters;

static void fresh(void)
{
	counters = (struct counters){.chain = CHAIN_NONE};
}

/* The slots of so many VMCS12s are numbers from 1 on. */
static void meet(unsigned count)
{
	for (unsigned i = 1; i <= count; i++)
		ck_assert_uint_eq(counters_slot(&counters, i * 4096), i);
}

/* Who answers whom, in this order, and the levels of the slots from 1 on afterwards. */
static const struct {
	const char *name;
	uint8_t answer[4][2]; /* slot, asker */
	uint8_t level[4];
} cases[] = {
	{"L1's own", {{1, 0}, {2, 0}}, {2, 2, 2, 2}},
	{"a guest of a guest", {{2, 1}}, {2, 3, 2, 2}},
	{"four levels below L1", {{2, 1}, {3, 2}, {4, 3}}, {2, 3, 4, 5}},
	{"in any order", {{4, 3}, {3, 2}, {2, 1}}, {2, 3, 4, 5}},
	{"one that was taken for the answer", {{3, 1}, {2, 1}}, {2, 3, 2, 2}},
	{"each hypervisor's own", {{2, 1}, {4, 3}}, {2, 3, 2, 3}},
	{"free again, and L1's", {{2, 1}, {2, 0}}, {2, 2, 2, 2}},
	{"roles exchanged", {{2, 1}, {1, 2}}, {3, 2, 2, 2}},
	{"a circle of three", {{2, 1}, {3, 2}, {1, 3}}, {4, 2, 3, 2}},
	{"itself", {{1, 1}}, {2, 2, 2, 2}},
};

START_TEST(levels_by_answers)
{
	meet(4);
	for (unsigned i = 0; i < 4; i++)
		if (cases[_i].answer[i][0])
			counters_answer(&counters, cases[_i].answer[i][0], cases[_i].answer[i][1]);
	for (unsigned slot = 1; slot <= 4; slot++)
		ck_assert_msg(counters_level(&counters, slot) == cases[_i].level[slot - 1],
			      "%s: slot %u is level %u", cases[_i].name, slot,
			      counters_level(&counters, slot));
	ck_assert_uint_eq(counters_level(&counters, SLOT_L1), 1);
}
END_TEST

/* An L1 that answers at random makes no circle, and no level beyond the last. */
START_TEST(levels_end)
{
	srandom(1);
	meet(COUNTER_SLOTS - 1);
	for (unsigned i = 0; i < 10000; i++) {
		counters_answer(&counters, 1 + (unsigned)random() % (COUNTER_SLOTS - 1),
				(unsigned)random() % COUNTER_SLOTS);
		for (unsigned slot = 0; slot < COUNTER_SLOTS; slot++)
			ck_assert_uint_le(counters_level(&counters, slot), COUNTER_LEVELS);
	}
}
END_TEST

/* Every tick is one level's: L0's on exits, and each guest's own. */
START_TEST(ticks_by_level)
{
	static const unsigned slots[] = {1, 2, 0, 2, 3, 0, 1};
	uint64_t now = 1000, sum;

	meet(3);
	counters_answer(&counters, 2, 1);
	counters_run(&counters, SLOT_L1);
	counters_clear(&counters);
	counters_begin(&counters, now);
	for (unsigned i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		now += 100 + i;
		counters_exit(&counters, EXIT_CPUID, now);
		counters_run(&counters, slots[i]);
		now += 10 * i + 1;
		counters.entered = now;
	}
	counters_exit(&counters, EXIT_CPUID, now + 7);
	sum = counters_l0_ticks(&counters);
	for (unsigned level = 1; level <= COUNTER_LEVELS; level++)
		sum += counters_ticks(&counters, level);
	ck_assert_uint_eq(sum, counters.left - counters.start);
	ck_assert_uint_eq(counters_ticks(&counters, 1), 100 + 103 + 106);
	ck_assert_uint_eq(counters_ticks(&counters, 2), 101 + 105 + 7);
	ck_assert_uint_eq(counters_ticks(&counters, 3), 102 + 104);
	ck_assert_uint_eq(counters_running_level(&counters), 2);
}
END_TEST

/* All that L1 had since its entry, of the exits that say so alone, and from the beginning anew. */
START_TEST(halted)
{
	counters_run(&counters, SLOT_L1);
	counters_clear(&counters);
	counters_begin(&counters, 1000);
	counters_exit(&counters, EXIT_CPUID, 1100);
	counters.entered = 1150;
	counters_exit(&counters, EXIT_CPUID, 1500);
	counters_halted(&counters);
	ck_assert_uint_eq(counters.halted, 350);
	ck_assert_uint_eq(counters_ticks(&counters, 1), 450);
	counters_clear(&counters);
	ck_assert_uint_eq(counters.halted, 0);
}
END_TEST

TCase *counters_tests(void)
{
	TCase *tests = tcase_create("counters");

	tcase_add_checked_fixture(tests, fresh, NULL);
	tcase_add_loop_test(tests, levels_by_answers, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tests, levels_end);
	tcase_add_test(tests, ticks_by_level);
	tcase_add_test(tests, halted);
	return tests;
}
