// SPDX-License-Identifier: Apache-2.0
#include "suites.h"
#include "tables/marks.h"
#include "written.h"

/* Two VMCS12s of one guest, a marker with a name of its own, one that a guest names, one that
 * nobody does; and a measurement whose fields are not what they should be. */
static const char object_text[] =
	"{\"markers\":{\"7\":\"ping\"},\"runs\":[{\"name\":\"mine\",\"level\":\"L2\",\"events\":["
	"{\"t\":\"sample\",\"id\":8,\"operation\":\"pong\"},"
	"{\"t\":\"measure\",\"id\":7,\"iterations\":10,\"level\":2,\"vmcs12\":1,\"elapsed\":605,"
	"\"charged\":5,\"ticks\":{\"l0\":300,\"l1\":200,\"l2\":100},"
	"\"exits\":[{\"level\":2,\"vmcs12\":1,\"reason\":\"CPUID\",\"count\":10,\"ticks\":100},"
	"{\"level\":1,\"vmcs12\":0,\"reason\":\"VMRESUME\",\"count\":20,\"ticks\":200}],"
	"\"multiplication\":{\"count\":10,\"sum\":30,\"max\":4}},"
	"{\"t\":\"measure\",\"id\":8,\"iterations\":0,\"level\":1,\"exits\":[]},"
	"{\"t\":\"measure\",\"id\":\"x\",\"exits\":7}]}]}";

START_TEST(a_line_for_each_marker)
{
	json_t *object = json_loads(object_text, 0, NULL);
	struct written w;

	ck_assert_ptr_nonnull(object);
	written_begin(&w);
	ck_assert(marks_tables(&w.result, object));
	written_commit(&w);
	written_has(&w, "measurements.csv",
		    "\nmine,7,ping,L2,1,10,3.000,60.500,30.000,20.000,10.000,0.500,3.000,4\n"
		    "mine,8,pong,L1,n/a,0,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a\n"
		    "mine,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a\n");
	written_has(&w, "marker-exits.csv",
		    "\nmine,7,ping,L2,2,1,CPUID,10,1.000,100,10.000\n"
		    "mine,7,ping,L2,1,0,VMRESUME,20,2.000,200,20.000\n");
	written_end(&w);
	json_decref(object);
}
END_TEST

START_TEST(samples_are_no_measurements)
{
	json_t *events = json_loads("[{\"t\":\"sample\"},{\"t\":\"measure\"},{}]", 0, NULL);

	ck_assert_uint_eq(marks_count(events), 1);
	ck_assert_uint_eq(marks_count(NULL), 0);
	json_decref(events);
}
END_TEST

Suite *marks_suite(void)
{
	Suite *suite = suite_create("marks");
	TCase *tests = tcase_create("marks");

	tcase_add_test(tests, a_line_for_each_marker);
	tcase_add_test(tests, samples_are_no_measurements);
	suite_add_tcase(suite, tests);
	return suite;
}
