// SPDX-License-Identifier: Apache-2.0
#include "suites.h"
#include "tables/levels.h"
#include "tables/measurement.h"
#include "tables/tables.h"
#include "written.h"

#include <stdlib.h>
#include <string.h>

/*
 * Two workloads. The first: 100 ticks bare, 110 in L1, 132 in L2, of which 6 are charged; another
 * L2 takes 264, but has an L1 of its own that takes 120; and one that this L0 cannot run. The
 * second was measured bare alone.
 */
static const char experiment[] =
	"{\"experiment\":\"kernbench\",\"operations\":[\"kernbench\",\"pages\"],\"published\":{"
	"\"values\":["
	"{\"operation\":\"kernbench\",\"level\":\"L2/"
	"bare\",\"quantity\":\"ticks_mean\",\"value\":1.25,"
	"\"source\":\"a\"},"
	"{\"operation\":\"kernbench\",\"level\":\"L2/bare\",\"quantity\":\"ticks_without_charge\","
	"\"value\":1.2,\"source\":\"b\"},"
	"{\"operation\":\"kernbench\",\"level\":\"L2-other/"
	"L2\",\"quantity\":\"ticks_mean\",\"source\":\"c\"},"
	"{\"operation\":\"kernbench\",\"level\":\"L2-other/"
	"L2\",\"quantity\":\"ticks_without_charge\","
	"\"value\":1,\"source\":\"no counters\"},"
	"{\"operation\":\"kernbench\",\"level\":\"L2-none/"
	"L2\",\"quantity\":\"ticks_mean\",\"value\":2,"
	"\"source\":\"d\"}]},\"runs\":["
	"{\"level\":\"bare\",\"l0\":\"none\",\"events\":[{\"t\":\"sample\",\"level\":\"bare\","
	"\"id\":100,\"iterations\":1,\"ticks_sum\":100},{\"t\":\"sample\",\"level\":\"bare\","
	"\"id\":101,\"iterations\":1,\"ticks_sum\":50}]},"
	"{\"level\":\"L1\",\"l0\":\"testudo\",\"events\":[{\"t\":\"measure\",\"level\":1,\"id\":"
	"100,"
	"\"iterations\":1,\"elapsed\":111,\"charged\":0,\"ticks\":{\"l0\":11,\"l1\":100,\"l2\":0},"
	"\"exits\":[{\"level\":1,\"reason\":\"CPUID\",\"count\":3,\"ticks\":11}]},"
	"{\"t\":\"sample\",\"level\":\"L1\",\"id\":100,\"iterations\":1,\"ticks_sum\":110}]},"
	"{\"level\":\"L2\",\"l0\":\"testudo\",\"events\":[{\"t\":\"measure\",\"level\":2,\"id\":"
	"100,"
	"\"iterations\":1,\"elapsed\":133,\"charged\":6,\"ticks\":{\"l0\":20,\"l1\":7,\"l2\":100},"
	"\"exits\":[{\"level\":2,\"reason\":\"CPUID\",\"count\":3,\"ticks\":11},"
	"{\"level\":1,\"reason\":\"VMRESUME\",\"count\":2,\"ticks\":9}]},"
	"{\"t\":\"sample\",\"level\":\"L2\",\"id\":100,\"iterations\":1,\"ticks_sum\":132}]},"
	"{\"name\":\"L1-other\",\"level\":\"L1\",\"l0\":\"testudo\",\"events\":["
	"{\"t\":\"sample\",\"level\":\"L1\",\"id\":100,\"iterations\":1,\"ticks_sum\":120}]},"
	"{\"name\":\"L2-other\",\"l1\":\"L1-other\",\"level\":\"L2\",\"l0\":\"testudo\",\"events\":"
	"["
	"{\"t\":\"measure\",\"level\":2,\"id\":100,\"iterations\":1},"
	"{\"t\":\"sample\",\"level\":\"L2\",\"id\":100,\"iterations\":1,\"ticks_sum\":264}]},"
	"{\"name\":\"L2-none\",\"level\":\"L2\",\"l0\":\"testudo\",\"missing\":\"mmu=magic\"}]}";

static const struct {
	const char *file, *text;
} expected[] = {
	{"levels.csv", "kernbench,bare,bare,100,100,n/a,n/a,n/a,n/a,+0.00,-9.09,+0.00,-9.09\n"
		       "kernbench,L1,L1,110,100,0,11,0,3,+10.00,+0.00,+10.00,+0.00\n"
		       "kernbench,L2,L2,132,100,7,20,6,5,+32.00,+20.00,+26.00,+14.55\n"},
	/* Beside its own L1. */
	{"levels.csv", "\nkernbench,L2-other,L2,264,264,n/a,n/a,n/a,n/a,+164.00,+120.00,"},
	{"levels.csv", "\nkernbench,L2-none,L2,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a\n"},
	{"levels.csv", "\npages,bare,bare,50,50,n/a,n/a,n/a,n/a,+0.00,n/a,+0.00,n/a\n"
		       "pages,L1,L1,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a\n"},
	{"figure.dat", "# kernbench: tcc builds Lua by its own Makefile\n"
		       "bare\t100.0000\t0.0000\t0.0000\t0.0000\tn/a\n"},
	{"figure.dat", "\nL2\t100.0000\t7.0000\t20.0000\t6.0000\t125.0000\n"},
	{"figure.dat", "\n\n\n# pages: "},
	{"comparison.csv",
	 "\nkernbench,L2/bare,testudo,n/a,n/a,ticks_mean,1.250,1.320,+0.070,+5.6,a\n"
	 "kernbench,L2/bare,testudo,n/a,n/a,ticks_without_charge,1.200,1.260,+0.060,+5.0,b\n"
	 "kernbench,L2-other/L2,testudo,n/a,n/a,ticks_mean,n/a,2.000,n/a,n/a,c\n"
	 "kernbench,L2-other/L2,testudo,n/a,n/a,ticks_without_charge,1.000,n/a,n/a,n/a,no "
	 "counters\n"
	 "kernbench,L2-none/L2,testudo,n/a,n/a,ticks_mean,2.000,n/a,n/a,n/a,d\n"},
	{"kernbench.md", "\n| kernbench | L2 | L2 | 132 | 100 | 7 | 20 | 6 | 5 | +32.00 |"},
	{"kernbench.md",
	 "\n| kernbench | L2/bare | ticks_mean | 1.250 | 1.320 | +0.070 | +5.6 | a |\n"},
	{"kernbench.md", "`charge=none`: 0 ticks for each exit. No cost model.\n"},
};

START_TEST(workloads_run_by_run)
{
	json_t *object = json_loads(experiment, 0, NULL);
	struct written w;

	ck_assert_ptr_nonnull(object);
	written_begin(&w);
	ck_assert(levels_table(&w.result, object) && levels_figure(&w.result, object) &&
		  levels_page(&w.result, object) && table_comparison(&w.result, object));
	written_commit(&w);
	written_has(&w, expected[_i].file, expected[_i].text);
	json_decref(object);
	written_end(&w);
}
END_TEST

/* The terminal has the same cells, and each run's exits by reason. */
START_TEST(workloads_are_shown)
{
	json_t *object = json_loads(experiment, 0, NULL);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	levels_show(object, out);
	fclose(out);
	ck_assert_msg(strstr(text, "exits: L2:CPUID 3 VMRESUME 2\n") != NULL, "%s", text);
	ck_assert(strstr(text, "L2-none") && strstr(text, " +14.55\n") && strstr(text, " 1.320 "));
	free(text);
	json_decref(object);
}
END_TEST

/* Without "operations" an experiment measures the micro-benchmark, and no workload. */
START_TEST(operations_are_chosen)
{
	json_t *named = json_loads(experiment, 0, NULL), *plain = json_object();

	for (size_t i = 0; i < operation_count; i++) {
		bool workload = operations[i].id == 100 || operations[i].id == 101;

		ck_assert(operation_chosen(named, &operations[i]) == workload);
		ck_assert(operation_chosen(plain, &operations[i]) ==
			  (!operations[i].named && operations[i].vcpus == 1));
	}
	json_decref(named);
	json_decref(plain);
}
END_TEST

Suite *levels_suite(void)
{
	Suite *suite = suite_create("levels");
	TCase *tests = tcase_create("levels");

	tcase_add_loop_test(tests, workloads_run_by_run, 0, sizeof(expected) / sizeof(expected[0]));
	tcase_add_test(tests, workloads_are_shown);
	tcase_add_test(tests, operations_are_chosen);
	suite_add_tcase(suite, tests);
	return suite;
}
