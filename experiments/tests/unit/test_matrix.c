// SPDX-License-Identifier: Apache-2.0
#include "lib/channel.h"
#include "lib/scratch.h"
#include "machine/variants.h"
#include "suites.h"
#include "tables/matrix.h"
#include "tables/measurement.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Every combination, the last knob first, in the place of the run that names them. */
START_TEST(a_run_of_every_combination)
{
	static const char *const expected[][2] = {
		{"trap", "full"}, {"trap", "partial"}, {"evmcs", "full"}, {"evmcs", "partial"}};
	json_t *definition = json_loads(
		"{\"runs\":[{\"level\":\"bare\"},{\"level\":\"L2\",\"knobs\":[\"mmu=mdp\"],"
		"\"each\":{\"vmcs\":[\"trap\",\"evmcs\"],\"merge\":[\"full\",\"partial\"]}},"
		"{\"level\":\"L1\"}]}",
		0, NULL);
	const json_t *runs, *run;

	ck_assert_ptr_nonnull(definition);
	variants_expand(definition);
	runs = json_object_get(definition, "runs");
	ck_assert_uint_eq(json_array_size(runs), 6);
	for (size_t i = 0; i < 4; i++) {
		run = json_array_get(runs, i + 1);
		ck_assert_str_eq(channel_text(run, "level", ""), "L2");
		ck_assert_ptr_null(json_object_get(run, "each"));
		ck_assert_str_eq(variants_value(run, "mmu"), "mdp");
		ck_assert_str_eq(variants_value(run, "vmcs"), expected[i][0]);
		ck_assert_str_eq(variants_value(run, "merge"), expected[i][1]);
		ck_assert_str_eq(variants_value(run, "apic"), "n/a");
	}
	ck_assert_str_eq(channel_text(json_array_get(runs, 0), "level", ""), "bare");
	ck_assert_str_eq(channel_text(json_array_get(runs, 5), "level", ""), "L1");
	json_decref(definition);
}
END_TEST

/* Two ways to the memory; of the second L0 counted nothing. */
static const char experiment[] =
	"{\"runs\":[{\"level\":\"L2\",\"knobs\":[\"vmcs=trap\",\"merge=full\",\"mmu=mdp\"],"
	"\"events\":["
	"{\"t\":\"measure\",\"id\":103,\"iterations\":1,\"level\":2,\"elapsed\":60,"
	"\"ticks\":{\"l0\":30,\"l1\":20,\"l2\":10},\"exits\":[{\"level\":2,\"count\":4},"
	"{\"level\":1,\"count\":5}],\"multiplication\":{\"count\":4,\"sum\":9,\"max\":3}},"
	"{\"t\":\"sample\",\"level\":\"L1\",\"id\":102,\"iterations\":1,\"ticks_min\":7},"
	"{\"t\":\"sample\",\"level\":\"L2\",\"id\":103,\"iterations\":1,\"ticks_min\":50},"
	"{\"t\":\"measure\",\"id\":1,\"iterations\":10,\"level\":2,"
	"\"exits\":[{\"level\":2,\"count\":20}]},"
	"{\"t\":\"sample\",\"level\":\"L2\",\"id\":1,\"iterations\":10,\"ticks_min\":33}]},"
	"{\"level\":\"L2\",\"knobs\":[\"vmcs=trap\",\"merge=full\",\"mmu=other\"],\"events\":["
	"]}]}";

START_TEST(a_line_for_each_run)
{
	char directory[] = "/tmp/testudo-matrix-XXXXXX";
	json_t *object = json_loads(experiment, 0, NULL);
	struct result result = {.work = directory};
	char *path, *text;

	ck_assert_ptr_nonnull(object);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert(matrix_table(&result, object) && matrix_figure(&result, object));
	path = result_file(&result, "matrix.csv");
	text = file_read(path);
	ck_assert_str_eq(strchr(text, '\n') + 1,
			 "trap,full,mdp,7,60,30,20,10,9,2.250,2.000,33\n"
			 "trap,full,other,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a\n");
	free(text);
	remove(path);
	free(path);
	path = result_file(&result, "figure.dat");
	text = file_read(path);
	ck_assert_str_eq(strchr(text, '\n') + 1, "mdp\ntrap, full\t10\t20\t30\t33\n\n\nother\n"
						 "trap, full\tn/a\tn/a\tn/a\tn/a\n");
	free(text);
	remove(path);
	free(path);
	rmdir(directory);
	json_decref(object);
}
END_TEST

Suite *matrix_suite(void)
{
	Suite *suite = suite_create("matrix");
	TCase *tests = tcase_create("matrix");

	tcase_add_test(tests, a_run_of_every_combination);
	tcase_add_test(tests, a_line_for_each_run);
	suite_add_tcase(suite, tests);
	return suite;
}
