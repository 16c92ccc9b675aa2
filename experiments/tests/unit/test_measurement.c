// SPDX-License-Identifier: Apache-2.0
#include "suites.h"
#include "tables/measurement.h"
#include "tables/tables.h"
#include "written.h"

/* One run at L2: CPUID with 13 exits each, and another level's line that must not be taken. */
static const char events_text[] =
	"[{\"t\":\"measure\",\"id\":1,\"iterations\":7,\"level\":1,\"elapsed\":1},"
	"{\"t\":\"measure\",\"id\":1,\"iterations\":10,\"level\":2,\"vmcs12\":1,\"elapsed\":600,"
	"\"ticks\":{\"l0\":300,\"l1\":200,\"l2\":100},\"exits\":["
	"{\"level\":1,\"vmcs12\":0,\"reason\":\"VMREAD\",\"count\":120,\"ticks\":250,\"min\":2,"
	"\"max\":3},"
	"{\"level\":2,\"vmcs12\":1,\"reason\":\"CPUID\",\"count\":10,\"ticks\":50,\"min\":5,"
	"\"max\":5}],"
	"\"multiplication\":{\"count\":10,\"sum\":130,\"max\":14,\"hist\":[[13,9],[14,1]]}},"
	"{\"t\":\"sample\",\"level\":\"L2\",\"operation\":\"cpuid\",\"id\":1,\"iterations\":10,"
	"\"ticks_min\":50,\"ticks_sum\":605,\"ticks_max\":80,\"hist\":[[5,10]]},"
	"{\"t\":\"skip\",\"level\":\"L2\",\"operation\":\"vmcall\",\"id\":2,\"why\":\"none\"}]";

static json_t *make_object(void)
{
	json_t *run = json_pack("{s:s,s:s,s:s,s:s}", "level", "L2", "l0", "testudo", "vmcs", "trap",
				"mmu", "ept");
	json_t *value = json_pack("{s:s,s:s,s:s,s:i,s:s}", "operation", "cpuid", "level", "L2",
				  "quantity", "exits_per_op", "value", 13, "source", "paper");

	json_object_set_new(run, "events", json_loads(events_text, 0, NULL));
	return json_pack("{s:[o],s:{s:[o]}}", "runs", run, "published", "values", value);
}

START_TEST(samples_and_counters_are_joined)
{
	json_t *events = json_loads(events_text, 0, NULL);
	struct measurement m = measurement_find(events, "L2", &operations[0]);
	struct ratio ratio;
	uint64_t number;

	ck_assert_str_eq(operations[0].name, "cpuid");
	ck_assert(measurement_exits(&m, &ratio) && ratio.sum == 130 && ratio.count == 10);
	ck_assert(measurement_minimum(&m, &number) && number == 50);
	ck_assert(measurement_mean(&m, &ratio) && ratio.sum == 605);
	ck_assert(measurement_ticks_in(&m, "l1", &ratio) && ratio.sum == 200);
	ck_assert(measurement_multiplication(&m, &ratio, &number) && number == 14);
	ck_assert(measurement_adds_up(&m));
	ck_assert_ptr_nonnull(measurement_find(events, "L2", &operations[1]).skip);
	json_decref(events);
}
END_TEST

START_TEST(what_is_missing_is_not_known)
{
	struct measurement m = measurement_find(NULL, "L1", &operations[0]);
	struct ratio ratio;
	uint64_t number;

	ck_assert(!measurement_exits(&m, &ratio));
	ck_assert(!measurement_minimum(&m, &number));
	ck_assert(!measurement_mean(&m, &ratio));
	ck_assert(!measurement_ticks_in(&m, "l0", &ratio));
	ck_assert(!measurement_multiplication(&m, &ratio, &number));
	ck_assert(!measurement_adds_up(&m));
}
END_TEST

START_TEST(a_lost_tick_is_noticed)
{
	json_t *events = json_loads(events_text, 0, NULL);
	json_t *ticks = json_object_get(json_array_get(events, 1), "ticks");
	struct measurement m;

	json_object_set_new(ticks, "l0", json_integer(299));
	m = measurement_find(events, "L2", &operations[0]);
	ck_assert(!measurement_adds_up(&m));
	json_decref(events);
}
END_TEST

START_TEST(levels_below_l2_count_too)
{
	json_t *events = json_loads(events_text, 0, NULL);
	json_t *ticks = json_object_get(json_array_get(events, 1), "ticks");
	struct measurement m;
	struct ratio ratio;

	json_object_set_new(ticks, "l0", json_integer(290));
	json_object_set_new(ticks, "l3", json_integer(9));
	m = measurement_find(events, "L2", &operations[0]);
	ck_assert(!measurement_adds_up(&m));
	json_object_set_new(ticks, "l4", json_integer(1));
	ck_assert(measurement_adds_up(&m));
	ck_assert(measurement_ticks_in(&m, "l3", &ratio) && ratio.sum == 9);
	json_object_del(ticks, "l2");
	ck_assert(!measurement_adds_up(&m));
	json_decref(events);
}
END_TEST

START_TEST(charged_ticks_are_nobodys_own)
{
	json_t *events = json_loads(events_text, 0, NULL);
	json_t *measure = json_array_get(events, 1);
	struct measurement m;
	struct ratio ratio;

	m = measurement_find(events, "L2", &operations[0]);
	ck_assert(!measurement_charged(&m, &ratio));
	json_object_set_new(measure, "charged", json_integer(130000));
	ck_assert(measurement_charged(&m, &ratio) && ratio.sum == 130000 && ratio.count == 10);
	ck_assert(!measurement_adds_up(&m));
	json_object_set_new(measure, "elapsed", json_integer(130600));
	ck_assert(measurement_adds_up(&m));
	ck_assert(measurement_ticks_in(&m, "l0", &ratio) && ratio.sum == 300);
	json_decref(events);
}
END_TEST

START_TEST(tables_say_what_was_measured)
{
	json_t *object = make_object();
	struct written w;

	written_begin(&w);
	ck_assert(table_operations(&w.result, object) && table_exits(&w.result, object) &&
		  table_comparison(&w.result, object) && table_figure(&w.result, object));
	written_commit(&w);
	written_has(
		&w, "operations.csv",
		"l0,level,operation,vmcs,mmu,vcpus,exits_per_op,ticks_min,ticks_mean,ticks_in_l0,"
		"ticks_in_l1,ticks_in_l2,multiplication_mean,multiplication_max,interrupts\n"
		"testudo,L2,cpuid,trap,ept,1,13.000,50,60.500,30.000,20.000,10.000,13.000,14,n/"
		"a\n");
	written_has(&w, "operations.csv", "testudo,L2,vmcall,trap,ept,1,n/a,n/a,n/a,");
	written_has(&w, "exits.csv",
		    "testudo,L2,cpuid,trap,ept,1,1,0,VMREAD,120,12.000,250,25.000,n/a\n");
	written_has(&w, "comparison.csv",
		    "cpuid,L2,testudo,n/a,n/a,exits_per_op,13.000,13.000,+0.000,+0.0,paper\n");
	written_has(&w, "figure.dat", "cpuid\tn/a\t13.000\t13\t30.000\t20.000\t10.000\n");
	json_decref(object);
	written_end(&w);
}
END_TEST

Suite *measurement_suite(void)
{
	Suite *suite = suite_create("measurement");
	TCase *tests = tcase_create("measurement");

	tcase_add_test(tests, samples_and_counters_are_joined);
	tcase_add_test(tests, what_is_missing_is_not_known);
	tcase_add_test(tests, a_lost_tick_is_noticed);
	tcase_add_test(tests, levels_below_l2_count_too);
	tcase_add_test(tests, charged_ticks_are_nobodys_own);
	tcase_add_test(tests, tables_say_what_was_measured);
	suite_add_tcase(suite, tests);
	return suite;
}
