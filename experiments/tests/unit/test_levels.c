// SPDX-License-Identifier: Apache-2.0
#include "levels.h"
#include "measurement.h"
#include "scratch.h"
#include "suites.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A workload at three levels: 100 ticks bare, 110 in L1, 132 in L2, of which 6 are charged. */
static const char experiment[] =
	"{\"operations\":[\"kernbench\"],\"published\":{\"values\":[{\"operation\":\"kernbench\","
	"\"level\":\"L2/bare\",\"quantity\":\"ticks_mean\",\"value\":1.25}]},\"runs\":["
	"{\"level\":\"bare\",\"l0\":\"none\",\"events\":[{\"t\":\"sample\",\"level\":\"bare\","
	"\"id\":100,\"iterations\":1,\"ticks_sum\":100}]},"
	"{\"level\":\"L1\",\"l0\":\"testudo\",\"events\":[{\"t\":\"measure\",\"level\":1,\"id\":"
	"100,"
	"\"iterations\":1,\"elapsed\":111,\"ticks\":{\"l0\":11,\"l1\":100,\"l2\":0},"
	"\"exits\":[{\"level\":1,\"reason\":\"CPUID\",\"count\":3,\"ticks\":11}]},"
	"{\"t\":\"sample\",\"level\":\"L1\",\"id\":100,\"iterations\":1,\"ticks_sum\":110}]},"
	"{\"level\":\"L2\",\"l0\":\"testudo\",\"events\":[{\"t\":\"measure\",\"level\":2,\"id\":"
	"100,"
	"\"iterations\":1,\"elapsed\":133,\"ticks\":{\"l0\":20,\"l1\":7,\"l2\":100},"
	"\"exits\":[{\"level\":2,\"reason\":\"CPUID\",\"count\":3,\"ticks\":11},"
	"{\"level\":1,\"reason\":\"VMRESUME\",\"count\":2,\"ticks\":9}]},"
	"{\"t\":\"sample\",\"level\":\"L2\",\"id\":100,\"iterations\":1,\"ticks_sum\":132}]}]}";

START_TEST(workloads_level_by_level)
{
	char directory[] = "/tmp/testudo-levels-XXXXXX";
	json_t *object = json_loads(experiment, 0, NULL);
	struct result result = {.work = directory};
	char *csv, *figure, *paths[2];

	ck_assert_ptr_nonnull(object);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert(levels_table(&result, object) && levels_figure(&result, object));
	paths[0] = result_file(&result, "levels.csv");
	paths[1] = result_file(&result, "figure.dat");
	csv = file_read(paths[0]);
	figure = file_read(paths[1]);
	ck_assert_str_eq(strchr(csv, '\n') + 1,
			 "kernbench,bare,100,100,n/a,n/a,n/a,n/a,+0.00,-9.09\n"
			 "kernbench,L1,110,100,0,11,0,3,+10.00,+0.00\n"
			 "kernbench,L2,132,100,7,20,6,5,+32.00,+20.00\n");
	ck_assert_ptr_nonnull(strstr(figure, "L2\t100.0000\t7.0000\t20.0000\t6.0000\t125.0000\n"));
	for (size_t i = 0; i < 2; i++) {
		remove(paths[i]);
		free(paths[i]);
	}
	rmdir(directory);
	free(csv);
	free(figure);
	json_decref(object);
}
END_TEST

/* Without "operations" an experiment measures the micro-benchmark, and no workload. */
START_TEST(operations_are_chosen)
{
	json_t *named = json_loads(experiment, 0, NULL), *plain = json_object();

	for (size_t i = 0; i < operation_count; i++) {
		bool workload = !strcmp(operations[i].name, "kernbench");

		ck_assert(operation_chosen(named, &operations[i]) == workload);
		ck_assert(operation_chosen(plain, &operations[i]) ==
			  (operations[i].id < WORKLOAD_FIRST));
	}
	json_decref(named);
	json_decref(plain);
}
END_TEST

Suite *levels_suite(void)
{
	Suite *suite = suite_create("levels");
	TCase *tests = tcase_create("levels");

	tcase_add_test(tests, workloads_level_by_level);
	tcase_add_test(tests, operations_are_chosen);
	suite_add_tcase(suite, tests);
	return suite;
}
