// SPDX-License-Identifier: Apache-2.0
#include "lib/channel.h"
#include "machine/charge.h"
#include "machine/knobs.h"
#include "suites.h"

#include <stdio.h>
#include <string.h>

START_TEST(every_calibration_is_a_choice_with_a_source)
{
	const struct calibration *c = &calibrations[_i];
	struct knob_settings settings = {0};
	char setting[64];

	snprintf(setting, sizeof(setting), "charge=%s", c->name);
	ck_assert_int_eq(knobs_set(&settings, setting), 0);
	ck_assert_ptr_eq(calibration_find(c->name), c);
	ck_assert_uint_ge(c->ticks, 100);
	ck_assert_uint_le(c->ticks, 10000);
	/* Which printed number it is, or is made of. */
	ck_assert_ptr_nonnull(strstr(c->source, "printed"));
}
END_TEST

START_TEST(the_papers_number_is_turtles_calibration)
{
	ck_assert_uint_eq(calibration_find("turtles-nehalem")->ticks, 1000);
	ck_assert_ptr_null(calibration_find("none"));
	ck_assert_ptr_null(calibration_find("turtles"));
	ck_assert_ptr_null(calibration_find(NULL));
}
END_TEST

START_TEST(a_result_names_its_calibration)
{
	json_t *one = calibration_json("pvm-cascade-lake"), *none = calibration_json("none");
	uint64_t ticks;

	ck_assert_str_eq(channel_text(one, "name", ""), "pvm-cascade-lake");
	ck_assert(channel_number(one, "ticks_per_exit", &ticks) && ticks == 525);
	ck_assert_str_ne(channel_text(one, "source", ""), "");
	ck_assert_str_eq(channel_text(none, "name", ""), "none");
	ck_assert(channel_number(none, "ticks_per_exit", &ticks) && ticks == 0);
	json_decref(one);
	json_decref(none);
}
END_TEST

Suite *charge_suite(void)
{
	Suite *suite = suite_create("charge");
	TCase *tests = tcase_create("charge");

	tcase_add_loop_test(tests, every_calibration_is_a_choice_with_a_source, 0,
			    (int)calibration_count);
	tcase_add_test(tests, the_papers_number_is_turtles_calibration);
	tcase_add_test(tests, a_result_names_its_calibration);
	suite_add_tcase(suite, tests);
	return suite;
}
