// SPDX-License-Identifier: Apache-2.0
#include "suites.h"
#include "tables/isolation.h"
#include "written.h"

#define SAMPLE(id, least, most, sum)                                                               \
	"{\"t\":\"sample\",\"level\":\"L1\",\"id\":" id ",\"iterations\":2,\"ticks_min\":" least   \
	",\"ticks_max\":" most ",\"ticks_sum\":" sum "}"
#define MEASURE(id, elapsed, exits)                                                                \
	"{\"t\":\"measure\",\"id\":" id ",\"iterations\":2,\"level\":1,\"elapsed\":" elapsed       \
	",\"exits\":[{\"level\":1,\"reason\":\"CPUID\",\"count\":" exits "}]}"
#define STOP(elapsed) "{\"t\":\"stop\",\"why\":\"debug-exit\",\"elapsed\":" elapsed "}"

/* Beside the first neighbour all is as alone; beside the second one operation is not. */
static const char experiment[] =
	"{\"experiment\":\"isolation\",\"runs\":["
	"{\"name\":\"alone\",\"level\":\"L1\",\"events\":[" SAMPLE("1", "10", "12", "22") "," MEASURE("1", "40", "3") "," SAMPLE("3", "5", "5", "10") "," MEASURE("3", "20", "2") "," STOP(
		"900") "]},"
		       "{\"name\":\"quiet\",\"level\":\"L1\",\"neighbour\":{},\"events\":"
		       "[" SAMPLE("1", "10", "12", "22") "," MEASURE("1", "40", "3") "," SAMPLE("3", "5", "5", "10") "," MEASURE("3", "20", "2") "," STOP(
			       "900") "]},"
				      "{\"name\":\"loud\",\"level\":\"L1\",\"neighbour\":{},"
				      "\"events\":[" SAMPLE("1", "10", "12", "22") "," MEASURE("1", "40", "3") "," SAMPLE(
					      "3", "5", "4",
					      "9") "," MEASURE("3", "16",
							       "2") "," STOP("907") "],"
										    "\"neighbo"
										    "ur_"
										    "events\":"
										    "[" MEASURE("7", "99", "50") "," MEASURE(
											    "7",
											    "99",
											    "60") ",{\"t\":\"stop\",\"why\":\"triple-fault\",\"elapsed\":5}]},"
												  "{\"name\":\"lonely\",\"level\":\"L2\",\"neighbour\":{},\"events\":[]}]}";

START_TEST(what_a_neighbour_costs)
{
	json_t *object = json_loads(experiment, 0, NULL);
	struct written w;

	ck_assert_ptr_nonnull(object);
	written_begin(&w);
	ck_assert(isolation_tables(&w.result, object));
	written_commit(&w);
	written_has(&w, "isolation.csv", "\nalone,L1,cpuid,10,12,22,40,3,n/a,n/a,n/a,n/a,n/a\n");
	written_has(&w, "isolation.csv", "\nquiet,L1,cpuid,10,12,22,40,3,0,0,0,0,0\n");
	written_has(&w, "isolation.csv", "\nloud,L1,rdmsr,5,4,9,16,2,0,-1,-1,-4,0\n");
	written_has(&w, "isolation.csv",
		    "\nloud,L1,(whole run),n/a,n/a,n/a,907,n/a,n/a,n/a,n/a,7,n/a\n");
	/* No line for the one alone, nor where there is nothing to compare with. */
	written_has(&w, "neighbours.csv",
		    "neighbour_ended\nquiet,L1,2,2,0,none,0,0,0,it still ran\n"
		    "loud,L1,2,1,-4,rdmsr,7,2,110,triple-fault\n");
	written_has(&w, "isolation.md", "| loud | L1 | 2 | 1 | -4 | rdmsr | 7 | 2 | 110 |");
	written_end(&w);
	json_decref(object);
}
END_TEST

Suite *isolation_suite(void)
{
	Suite *suite = suite_create("isolation");
	TCase *tests = tcase_create("isolation");

	tcase_add_test(tests, what_a_neighbour_costs);
	suite_add_tcase(suite, tests);
	return suite;
}
