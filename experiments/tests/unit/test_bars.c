// SPDX-License-Identifier: Apache-2.0
#include "machine/variants.h"
#include "suites.h"
#include "tables/bars.h"
#include "written.h"

#include <string.h>

/* A base at L1, a nested run, and one that this L0 has no knob for. */
static const char object_text[] =
	"{\"experiment\":\"none\",\"runs\":["
	"{\"name\":\"single\",\"level\":\"L1\",\"events\":[{\"t\":\"measure\",\"id\":1,"
	"\"iterations\":10,\"level\":1,\"elapsed\":12000,\"ticks\":{\"l0\":1000,\"l1\":500,\"l2\":"
	"0},"
	"\"charged\":10500,\"exits\":[{\"level\":1,\"count\":10}]}]},"
	"{\"name\":\"nested\",\"level\":\"L2\",\"events\":[{\"t\":\"measure\",\"id\":1,"
	"\"iterations\":10,\"level\":2,\"elapsed\":1,\"ticks\":{\"l0\":20000,\"l1\":6000,\"l2\":9},"
	"\"charged\":20000,\"exits\":[{\"level\":2,\"count\":25}]}]},"
	"{\"name\":\"free\",\"level\":\"L1\",\"events\":[{\"t\":\"measure\",\"id\":1,"
	"\"iterations\":10,\"level\":1,\"elapsed\":1,\"ticks\":{\"l0\":1,\"l1\":5,\"l2\":0},"
	"\"charged\":1000,\"exits\":[{\"level\":1,\"count\":1}]}]},"
	"{\"name\":\"later\",\"level\":\"L2\",\"missing\":\"vmcs=magic\"}],"
	"\"published\":{\"base\":\"single\",\"base_by\":\"operation\",\"bars\":["
	"{\"series\":\"a\",\"bar\":\"one\",\"run\":\"single\",\"operation\":\"cpuid\",\"total\":"
	"2300,"
	"\"L0\":1500,\"source\":\"paper\"},"
	"{\"series\":\"b\",\"bar\":\"two\",\"run\":\"nested\",\"operation\":\"cpuid\",\"total\":"
	"23000,"
	"\"exits\":2,\"source\":\"paper\"},"
	"{\"series\":\"b\",\"bar\":\"three\",\"run\":\"later\",\"operation\":\"cpuid\",\"total\":"
	"9200,"
	"\"source\":\"paper\"},"
	"{\"series\":\"b\",\"bar\":\"five\",\"run\":\"free\",\"operation\":\"cpuid\",\"total\":23,"
	"\"source\":\"paper\"},"
	"{\"series\":\"b\",\"bar\":\"four\",\"run\":\"nested\",\"total\":7,\"without\":\"no such "
	"exit\",\"source\":\"paper\"}]}}";

static const struct {
	const char *file, *line;
} expected[] = {
	{"comparison.csv", "one,single,cpuid,total,2300.000,1150.000,-1150.000,-50.0,,paper\n"
			   "one,single,cpuid,L0,1500.000,100.000,-1400.000,-93.3,,paper\n"},
	/* What L1 itself does at L1 is no cost of nesting. */
	{"comparison.csv", "one,single,cpuid,L1,n/a,0.000,n/a,n/a,,paper\n"},
	{"comparison.csv", "one,single,cpuid,mode switch,n/a,1050.000,n/a,n/a,,paper\n"},
	{"comparison.csv", "two,nested,cpuid,total,23000.000,4600.000,-18400.000,-80.0,,paper\n"},
	{"comparison.csv", "two,nested,cpuid,L1,n/a,600.000,n/a,n/a,,paper\n"},
	{"comparison.csv", "two,nested,cpuid,exits,2.000,2.500,+0.500,+25.0,,paper\n"},
	{"comparison.csv", "two,nested,cpuid,times the base,10.000,4.000,-6.000,-60.0,,paper\n"},
	{"comparison.csv", "three,later,cpuid,total,9200.000,n/a,n/a,n/a,vmcs=magic,paper\n"
			   "three,later,cpuid,times the base,4.000,n/a,n/a,n/a,vmcs=magic,paper\n"},
	{"comparison.csv", "five,free,cpuid,total,23.000,n/a,n/a,n/a,it costs no exit,paper\n"},
	{"comparison.csv", "four,nested,n/a,total,7.000,n/a,n/a,n/a,no such exit,paper\n"},
	{"figure.dat", "one\t2300.000\t1500.000\tn/a\tn/a\t1150.000\t100.000\t0.000\t1050.000\n\n\n"
		       "two\t23000.000\tn/a\tn/a\tn/a\t4600.000\t2000.000\t600.000\t2000.000\n"
		       "three\t9200.000\tn/a\tn/a\tn/a\tn/a\tn/a\tn/a\tn/a\n"},
};

START_TEST(bars_stand_beside_the_published)
{
	json_t *object = json_loads(object_text, 0, NULL);
	struct written w;

	ck_assert_ptr_nonnull(object);
	written_begin(&w);
	ck_assert(bars_comparison(&w.result, object) && bars_figure(&w.result, object));
	/* An experiment of one's own has no page, and does not fail for that. */
	ck_assert(bars_page(&w.result, object));
	written_commit(&w);
	written_lacks(&w, "none.md");
	written_has(&w, expected[_i].file, expected[_i].line);
	json_decref(object);
	written_end(&w);
}
END_TEST

static json_t *definition(void)
{
	return json_loads(
		"{\"knobs\":[\"charge=turtles-nehalem\"],\"runs\":["
		"{\"name\":\"a\",\"knobs\":[\"vmcs=trap\"]},"
		"{\"name\":\"b\",\"level\":\"L2\",\"knobs\":[\"vmcs=trap\",\"vmcs=magic\"]},"
		"{\"name\":\"c\",\"knobs\":[\"magic=on\"]},{\"name\":\"d\"}]}",
		0, NULL);
}

START_TEST(what_the_runs_differ_in_cannot_be_set)
{
	const char *const good[] = {"charge=none", "vmx=on"}, *const bad[] = {"vmcs=shadow"};
	struct knob_settings settings = {0};
	json_t *d = definition();

	ck_assert_int_eq(variants_knobs(d, &settings), 0);
	ck_assert_str_eq(knob_value(&settings, "charge"), "turtles-nehalem");
	ck_assert_int_eq(knobs_set_all(&settings, good, 2), 0);
	ck_assert_str_eq(knob_value(&settings, "charge"), "none");
	ck_assert_int_eq(variants_check(d, good, 2), 0);
	quiet_begin();
	ck_assert_int_eq(variants_check(d, bad, 1), 2);
	ck_assert_uint_eq(quiet_end(), 1);
	json_decref(d);
}
END_TEST

START_TEST(a_run_without_its_knob_is_absent)
{
	static const char *const missing[] = {NULL, "vmcs=magic", "magic=on", NULL};
	json_t *d = definition(), *runs = json_object_get(d, "runs"), *absent;

	for (size_t i = 0; i < 4; i++) {
		const char *found = variants_missing(json_array_get(runs, i));

		ck_assert(!found == !missing[i] && (!found || !strcmp(found, missing[i])));
	}
	absent = variants_absent(json_array_get(runs, 1));
	ck_assert_str_eq(json_string_value(json_object_get(absent, "name")), "b");
	ck_assert_str_eq(json_string_value(json_object_get(absent, "level")), "L2");
	ck_assert_str_eq(json_string_value(json_object_get(absent, "missing")), "vmcs=magic");
	json_decref(absent);
	json_decref(d);
}
END_TEST

Suite *bars_suite(void)
{
	Suite *suite = suite_create("bars");
	TCase *tests = tcase_create("bars");

	tcase_add_loop_test(tests, bars_stand_beside_the_published, 0,
			    sizeof(expected) / sizeof(expected[0]));
	tcase_add_test(tests, what_the_runs_differ_in_cannot_be_set);
	tcase_add_test(tests, a_run_without_its_knob_is_absent);
	suite_add_tcase(suite, tests);
	return suite;
}
