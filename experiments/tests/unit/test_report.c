// SPDX-License-Identifier: Apache-2.0
#include "lib/complain.h"
#include "lib/scratch.h"
#include "report/headlines.h"
#include "report/html.h"
#include "report/rows.h"
#include "suites.h"

#include <stdlib.h>
#include <string.h>

static char *directory, *said;
static size_t said_size;
static FILE *page;

static void write_csv(const char *text)
{
	char *path;

	directory = scratch_make();
	ck_assert_ptr_nonnull(directory);
	path = text_format("%s/t.csv", directory);
	ck_assert(file_write(path, text));
	free(path);
	page = open_memstream(&said, &said_size);
}

static void finish(void)
{
	fclose(page);
	scratch_remove(directory);
	free(directory);
	free(said);
}

static void page_has(const char *text)
{
	fflush(page);
	ck_assert_msg(strstr(said, text) != NULL, "no %s in:\n%s", text, said);
}

START_TEST(rows_of_a_file)
{
	json_t *two = json_pack("{s:s}", "a", "x");
	struct rows rows;

	write_csv("a,b\nx,1\n\"q,\"\"r\"\"\",2\nx\n");
	ck_assert(rows_read(&rows, directory, "t.csv"));
	ck_assert_uint_eq(rows.count, 4);
	ck_assert_uint_eq(rows.columns, 2);
	ck_assert_str_eq(rows_cell(&rows, 2, 0), "q,\"r\"");
	ck_assert_str_eq(rows_cell(&rows, 3, 1), "");
	ck_assert_str_eq(rows_cell(&rows, 9, 9), "");
	ck_assert_uint_eq(rows_column(&rows, "b"), 1);
	ck_assert_uint_eq(rows_column(&rows, "c"), 2);
	ck_assert_uint_eq(rows_next(&rows, two, 0), 1);
	ck_assert_uint_eq(rows_next(&rows, two, 1), 3);
	ck_assert_uint_eq(rows_next(&rows, two, 3), 0);
	rows_free(&rows);
	ck_assert(!rows_read(&rows, directory, "none.csv"));
	rows_free(&rows);
	json_decref(two);
	finish();
}
END_TEST

START_TEST(a_head_without_rows)
{
	struct rows rows;

	write_csv("a,b");
	ck_assert(rows_read(&rows, directory, "t.csv"));
	ck_assert_uint_eq(rows.count, 1);
	ck_assert_str_eq(rows_cell(&rows, 0, 1), "b");
	rows_free(&rows);
	finish();
}
END_TEST

/* What a result says is never markup, and the peer has its name. */
START_TEST(rows_on_the_page)
{
	struct rows rows;

	write_csv("peer_ticks_min,source\n15113.000,<b>\nn/a,kvm\n-1234567.5,\"\"\n");
	ck_assert(rows_read(&rows, directory, "t.csv"));
	html_rows(page, &rows, "t.csv", "KVM");
	page_has("<summary>t.csv: 3 rows</summary>");
	page_has("<th>KVM ticks min</th><th>source</th>");
	page_has("<tr><td>15,113</td><td class=\"t\">&lt;b&gt;</td></tr>");
	page_has("<tr><td>n/a</td><td class=\"t\">KVM</td></tr>");
	page_has("<tr><td>-1,234,567.5</td>");
	rows_free(&rows);
	finish();
}
END_TEST

START_TEST(headlines_of_a_result)
{
	json_t *headlines = json_loads(
		"[{\"says\":\"ticks\",\"table\":\"t.csv\",\"where\":{\"a\":\"y\"},\"column\":\"b\","
		"\"beside\":\"c\",\"whose\":\"theirs\"},"
		"{\"says\":\"gone\",\"table\":\"t.csv\",\"where\":{\"a\":\"z\"},\"column\":\"b\"},"
		"{\"says\":\"met\",\"table\":\"t.csv\",\"where\":{\"c\":\"13.000\"},\"count\":true}"
		","
		"{\"says\":\"no file\",\"table\":\"u.csv\",\"where\":{},\"column\":\"b\"}]",
		0, NULL);

	ck_assert_ptr_nonnull(headlines);
	write_csv("a,b,c\nx,1,13.000\ny,19365.383,13.000\n");
	headlines_put(page, "e", headlines, directory);
	page_has("<a href=\"#e\">e</a></td><td class=\"w\">ticks</td><td>19,365</td><td>13</td>"
		 "<td class=\"t\">theirs</td>");
	page_has("<td class=\"w\">met</td><td>2 of 2</td>");
	ck_assert_ptr_null(strstr(said, "gone"));
	ck_assert_ptr_null(strstr(said, "no file"));
	json_decref(headlines);
	finish();
}
END_TEST

Suite *report_suite(void)
{
	Suite *suite = suite_create("report");
	TCase *tests = tcase_create("report");

	tcase_add_test(tests, rows_of_a_file);
	tcase_add_test(tests, a_head_without_rows);
	tcase_add_test(tests, rows_on_the_page);
	tcase_add_test(tests, headlines_of_a_result);
	suite_add_tcase(suite, tests);
	return suite;
}
