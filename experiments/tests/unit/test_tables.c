// SPDX-License-Identifier: Apache-2.0
#include "lib/csv.h"
#include "lib/scratch.h"
#include "suites.h"
#include "tables/histogram.h"

#include <stdlib.h>
#include <unistd.h>

START_TEST(csv_quotes_what_needs_it)
{
	char path[] = "/tmp/testudo-csv-XXXXXX";
	struct csv csv;
	char *text;

	close(mkstemp(path));
	ck_assert(csv_open(&csv, path, "a,b,c,d"));
	csv_text(&csv, "plain");
	csv_text(&csv, "with, comma");
	csv_text(&csv, "with \"quote\"");
	csv_count(&csv, UINT64_MAX);
	csv_end_row(&csv);
	csv_unknown(&csv);
	csv_ratio(&csv, 2, 3);
	csv_ratio(&csv, 1, 0);
	csv_text(&csv, "");
	csv_end_row(&csv);
	ck_assert(csv_close(&csv));
	text = file_read(path);
	ck_assert_str_eq(text, "a,b,c,d\nplain,\"with, comma\",\"with \"\"quote\"\"\","
			       "18446744073709551615\nn/a,0.667,n/a,\n");
	free(text);
	remove(path);
}
END_TEST

static const struct {
	uint64_t numerator, denominator;
	const char *text;
} ratios[] = {
	{0, 1, "0.000"},         {1, 1, "1.000"},    {1, 2, "0.500"},
	{1999, 2000, "1.000"},   {1, 2000, "0.001"}, {1, 2001, "0.000"},
	{13000, 1000, "13.000"}, {7, 0, "n/a"},      {UINT64_MAX, 1, "18446744073709551615.000"},
};

START_TEST(ratios_are_exact)
{
	char text[32];

	ratio_text(text, ratios[_i].numerator, ratios[_i].denominator);
	ck_assert_str_eq(text, ratios[_i].text);
}
END_TEST

static const struct {
	const char *histogram;
	enum histogram_kind kind;
	unsigned int percent;
	bool known;
	uint64_t value;
} percentiles[] = {
	{"[[13,100]]", HISTOGRAM_EXACT, 50, true, 13},
	{"[[1,99],[40,1]]", HISTOGRAM_EXACT, 50, true, 1},
	{"[[1,99],[40,1]]", HISTOGRAM_EXACT, 99, true, 1},
	{"[[1,98],[40,2]]", HISTOGRAM_EXACT, 99, true, 40},
	{"[[1,1],[2,1],[3,1]]", HISTOGRAM_EXACT, 50, true, 2},
	{"[[7,1]]", HISTOGRAM_EXACT, 99, true, 7},
	{"[[0,1]]", HISTOGRAM_LOG2, 50, true, 1},
	{"[[8,1000]]", HISTOGRAM_LOG2, 99, true, 511},
	{"[[63,1]]", HISTOGRAM_LOG2, 99, true, UINT64_MAX},
	{"[]", HISTOGRAM_EXACT, 50, false, 0},
	{"[[1,0]]", HISTOGRAM_EXACT, 50, false, 0},
	{"[[2,1],[1,1]]", HISTOGRAM_EXACT, 50, false, 0},
	{"[[1,1],[1,1]]", HISTOGRAM_EXACT, 50, false, 0},
	{"[[1]]", HISTOGRAM_EXACT, 50, false, 0},
	{"[[1,-1]]", HISTOGRAM_EXACT, 50, false, 0},
	{"[7]", HISTOGRAM_EXACT, 50, false, 0},
	{"{\"a\":1}", HISTOGRAM_EXACT, 50, false, 0},
	{"[[1,9223372036854775807],[2,9223372036854775807],[3,2]]", HISTOGRAM_EXACT, 50, false, 0},
};

START_TEST(percentiles_of_histograms)
{
	json_t *histogram = json_loads(percentiles[_i].histogram, 0, NULL);
	uint64_t value = 0;

	ck_assert_ptr_nonnull(histogram);
	ck_assert(histogram_percentile(histogram, percentiles[_i].kind, percentiles[_i].percent,
				       &value) == percentiles[_i].known);
	ck_assert_uint_eq(value, percentiles[_i].value);
	json_decref(histogram);
}
END_TEST

Suite *table_suite(void)
{
	Suite *suite = suite_create("tables");
	TCase *tests = tcase_create("tables");

	tcase_add_test(tests, csv_quotes_what_needs_it);
	tcase_add_loop_test(tests, ratios_are_exact, 0, sizeof(ratios) / sizeof(ratios[0]));
	tcase_add_loop_test(tests, percentiles_of_histograms, 0,
			    sizeof(percentiles) / sizeof(percentiles[0]));
	suite_add_tcase(suite, tests);
	return suite;
}
