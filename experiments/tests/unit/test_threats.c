// SPDX-License-Identifier: Apache-2.0
#include "quoted.h"
#include "suites.h"
#include "tables/threats.h"
#include "written.h"

#define DELAY(id, timer, kick, interrupt)                                                          \
	"{'t':'delay','machine':0,'vcpu':0,'id':" id ",'timer':" timer ",'kick':" kick             \
	",'interrupt':" interrupt "}"
#define LATE(most) "{'t':'sample','operation':'timer-late','ticks_max':" most "}"

/* The first line is of before any mark; the machine's end tells of the last mark once more. */
static const char experiment[] =
	"{'experiment':'threats','markers':{'1':'closed','27':'remapped table'},'runs':["
	"{'name':'idle','l0':'testudo','level':'L1','events':[],'neighbour_events':[" LATE(
		"1120") "]},"
			"{'name':'held','l0':'testudo','level':'L1','events':["
			"{'t':'boot','knobs':{'eli_look':20000}}," DELAY("0", "99999", "0", "0") "," DELAY(
				"1", "10", "20",
				"19000") "," DELAY("227", "22001", "30",
						   "5") "," DELAY("227", "7", "7",
								  "7") "],'neighbour_events':"
								       "[" LATE("1123") "," LATE(
									       "1"
									       "1"
									       "2"
									       "1") "]}],"
										    "'goals':["
										    "{'goal':'it','"
										    "run':'held','"
										    "quantity':'l0_"
										    "delay_over_"
										    "look','at_"
										    "most':2000},"
										    "{'goal':'that'"
										    ",'run':'held',"
										    "'quantity':'"
										    "l0_delay_over_"
										    "look','at_"
										    "most':2001},"
										    "{'goal':'the "
										    "other','run':'"
										    "held','"
										    "quantity':'"
										    "neighbour_"
										    "late','above_"
										    "run':'idle','"
										    "at_most':3},"
										    "{'goal':'less'"
										    ",'run':'held',"
										    "'quantity':'"
										    "neighbour_"
										    "late','above_"
										    "run':'idle','"
										    "at_most':2},"
										    "{'goal':'"
										    "nothing','run'"
										    ":'idle','"
										    "quantity':'l0_"
										    "delay_over_"
										    "look','at_"
										    "most':2000}]}";

START_TEST(how_long_who_waited)
{
	json_t *object = quoted_json(experiment);
	struct written w;

	written_begin(&w);
	ck_assert(threats_tables(&w.result, object));
	written_commit(&w);
	written_has(&w, "threats.csv",
		    "longest\nheld,closed,L1,20000,10,20,19000,19000\n"
		    "held,remapped table,\"L2, interrupts its own\",20000,22001,30,5,22001\n");
	written_has(&w, "threat-runs.csv",
		    "\nidle,n/a,n/a,n/a,n/a,n/a,n/a,1120\n"
		    "held,20000,22001,timer,remapped table,\"L2, interrupts its own\",2001,1123\n");
	written_has(&w, "goals.csv", "l0_delay_over_look,2000,n/a,2001,missed,");
	written_has(&w, "goals.csv", "l0_delay_over_look,2001,n/a,2001,met,");
	written_has(&w, "goals.csv", "neighbour_late,1123,n/a,1123,met,");
	written_has(&w, "goals.csv", "neighbour_late,1122,n/a,1123,missed,");
	written_has(&w, "goals.csv", "l0_delay_over_look,2000,n/a,n/a,n/a,");
	json_decref(object);
	written_end(&w);
}
END_TEST

Suite *threats_suite(void)
{
	Suite *suite = suite_create("threats");
	TCase *tests = tcase_create("threats");

	tcase_add_test(tests, how_long_who_waited);
	suite_add_tcase(suite, tests);
	return suite;
}
