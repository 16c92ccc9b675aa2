// SPDX-License-Identifier: Apache-2.0
#include "lib/complain.h"
#include "lib/scratch.h"
#include "suites.h"
#include "tables/result.h"

#include <stdlib.h>
#include <unistd.h>

static char *top;

static void set_up(void)
{
	top = scratch_make();
	ck_assert_ptr_nonnull(top);
}

static void tear_down(void)
{
	scratch_remove(top);
	free(top);
}

static void put(const struct result *result, const char *name, const char *text)
{
	char *path = result_file(result, name);

	ck_assert(file_write(path, text));
	free(path);
}

static void expect(const char *directory, const char *name, const char *text)
{
	char *path = text_format("%s/%s", directory, name);
	char *found = file_read(path);

	if (text)
		ck_assert_str_eq(found, text);
	else
		ck_assert_ptr_null(found);
	free(found);
	free(path);
}

START_TEST(nothing_is_there_before_the_end)
{
	char *target = text_format("%s/deep/er/result/", top);
	struct result result;

	ck_assert_int_eq(result_begin(&result, target), 0);
	put(&result, "a", "1");
	expect(target, "a", NULL);
	ck_assert_int_eq(result_commit(&result), 0);
	expect(target, "a", "1");
	free(target);
}
END_TEST

START_TEST(what_was_there_stays_unless_replaced)
{
	char *target = text_format("%s/result", top);
	char *note = text_format("%s/note", target);
	struct result result;

	ck_assert(directory_make(target));
	ck_assert(file_write(note, "mine"));
	ck_assert_int_eq(result_begin(&result, target), 0);
	put(&result, "a", "1");
	ck_assert_int_eq(result_commit(&result), 0);
	ck_assert_int_eq(result_begin(&result, target), 0);
	put(&result, "a", "2");
	ck_assert_int_eq(result_commit(&result), 0);
	expect(target, "a", "2");
	expect(target, "note", "mine");
	free(note);
	free(target);
}
END_TEST

START_TEST(an_abandoned_result_leaves_no_trace)
{
	char *target = text_format("%s/result", top);
	struct result result;

	ck_assert_int_eq(result_begin(&result, target), 0);
	put(&result, "a", "1");
	result_abandon(&result);
	ck_assert(!file_exists(target));
	ck_assert_int_eq(rmdir(top), 0);
	ck_assert(directory_make(top));
	free(target);
}
END_TEST

START_TEST(a_file_in_the_way_is_refused)
{
	char *target = text_format("%s/result", top);
	char *below = text_format("%s/below", target);
	struct result result;

	ck_assert(file_write(target, "mine"));
	quiet_begin();
	ck_assert_int_eq(result_begin(&result, target), STATUS_BAD_INPUT);
	ck_assert_int_eq(result_begin(&result, below), STATUS_BAD_INPUT);
	ck_assert_uint_eq(quiet_end(), 2);
	expect(top, "result", "mine");
	free(below);
	free(target);
}
END_TEST

START_TEST(json_is_the_same_for_the_same_data)
{
	char *target = text_format("%s/result", top);
	json_t *object = json_loads("{\"b\":[1,2],\"a\":\"x\"}", 0, NULL);
	struct result result;

	ck_assert_int_eq(result_begin(&result, target), 0);
	ck_assert(result_json(&result, "a.json", object));
	ck_assert_int_eq(result_commit(&result), 0);
	expect(target, "a.json", "{\n \"a\": \"x\",\n \"b\": [\n  1,\n  2\n ]\n}\n");
	json_decref(object);
	free(target);
}
END_TEST

Suite *result_suite(void)
{
	Suite *suite = suite_create("result");
	TCase *tests = tcase_create("result");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, nothing_is_there_before_the_end);
	tcase_add_test(tests, what_was_there_stays_unless_replaced);
	tcase_add_test(tests, an_abandoned_result_leaves_no_trace);
	tcase_add_test(tests, a_file_in_the_way_is_refused);
	tcase_add_test(tests, json_is_the_same_for_the_same_data);
	suite_add_tcase(suite, tests);
	return suite;
}
