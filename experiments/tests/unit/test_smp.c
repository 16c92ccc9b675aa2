// SPDX-License-Identifier: Apache-2.0
#include "quoted.h"
#include "suites.h"
#include "tables/measurement.h"
#include "tables/smp.h"
#include "tables/vcpus.h"
#include "written.h"

/*
 * CPUID on two vCPUs at once, the second's the dearer, with an exit that the first has not; a line
 * of one that repeats itself; and the IPI from the first to the second, whose exits count and whose
 * iterations do not.
 */
static const char two_text[] =
	"[{'t':'boot'},"
	"{'t':'measure','id':1,'machine':0,'vcpu':1,'iterations':10,'level':1,'vmcs12':0,'elapsed':"
	"70,"
	"'ticks':{'l0':50,'l1':20,'l2':0},'charged':0,'exits':["
	"{'level':1,'vmcs12':0,'reason':'CPUID','count':10,'ticks':40,'min':4,'max':9,'hist':[[2,"
	"10]]},"
	"{'level':1,'vmcs12':0,'reason':'IO','count':1,'ticks':10,'min':10,'max':10,'hist':[[3,1]]}"
	"],"
	"'multiplication':{'count':3,'sum':6,'max':4,'hist':[[1,2],[4,1]]}},"
	"{'t':'measure','id':1,'machine':0,'vcpu':0,'iterations':10,'level':1,'vmcs12':0,'elapsed':"
	"50,"
	"'ticks':{'l0':30,'l1':20,'l2':0},'charged':0,'exits':["
	"{'level':1,'vmcs12':0,'reason':'CPUID','count':10,'ticks':30,'min':3,'max':3,"
	"'hist':[[1,9],[2,1]]}],"
	"'multiplication':{'count':1,'sum':2,'max':2,'hist':[[2,1]]}},"
	"{'t':'measure','id':1,'machine':0,'vcpu':0,'iterations':99,'level':1,'exits':[]},"
	"{'t':'sample','level':'L1','operation':'cpuid','id':1,'cpu':0,'iterations':10,'ticks_min':"
	"5,"
	"'ticks_sum':60,'ticks_max':8,'hist':[[2,10]]},"
	"{'t':'sample','level':'L1','operation':'cpuid','id':1,'cpu':1,'iterations':10,'ticks_min':"
	"7,"
	"'ticks_sum':90,'ticks_max':20,'hist':[[2,9],[4,1]]},"
	"{'t':'measure','id':18,'vcpu':1,'iterations':0,'level':1,'exits':["
	"{'level':1,'vmcs12':0,'reason':'EXTERNAL_INTERRUPT','count':10}]},"
	"{'t':'measure','id':18,'vcpu':0,'iterations':10,'level':1,'exits':["
	"{'level':1,'vmcs12':0,'reason':'WRMSR','count':10}]},"
	"{'t':'sample','level':'L1','operation':'ipi','id':18,'cpu':0,'iterations':10,'ticks_min':"
	"900,"
	"'ticks_sum':9100,'ticks_max':1000,'hist':[[9,10]]}]";

static const char one_text[] =
	"[{'t':'measure','id':1,'vcpu':0,'iterations':10,'level':1,'exits':["
	"{'level':1,'vmcs12':0,'reason':'CPUID','count':10}]},"
	"{'t':'sample','level':'L1','id':1,'iterations':10,'ticks_min':5,'ticks_sum':50}]";

/* @object is as that text, member by member; members that the text does not have are free. */
static void holds(const json_t *object, const char *text)
{
	json_t *wanted = quoted_json(text), *value;
	const char *name;

	ck_assert_ptr_nonnull(object);
	json_object_foreach (wanted, name, value)
		ck_assert_msg(json_equal(json_object_get(object, name), value), "%s is %s", name,
			      json_dumps(json_object_get(object, name), JSON_ENCODE_ANY));
	json_decref(wanted);
}

START_TEST(what_vcpus_measured_is_added_up)
{
	json_t *events = quoted_json(two_text), *sums = vcpus_add_up(events);
	struct measurement m = measurement_find(sums, "L1", operation_find("cpuid"));

	/* The boot line, and two for each operation. */
	ck_assert_uint_eq(json_array_size(sums), 5);
	holds(m.sample, "{'iterations':20,'ticks_min':5,'ticks_min_dearest':7,'ticks_sum':150,"
			"'ticks_max':20,'hist':[[2,19],[4,1]],'vcpus':[0,1]}");
	holds(m.measure,
	      "{'iterations':20,'elapsed':120,'ticks':{'l0':80,'l1':40,'l2':0},'vcpus':[1,0],"
	      "'exits':[{'level':1,'vmcs12':0,'reason':'CPUID','count':20,'ticks':70,'min':3,'max':"
	      "9,"
	      "'hist':[[1,9],[2,11]]},"
	      "{'level':1,'vmcs12':0,'reason':'IO','count':1,'ticks':10,'min':10,'max':10,"
	      "'hist':[[3,1]]}],"
	      "'multiplication':{'count':4,'sum':8,'max':4,'hist':[[1,2],[2,1],[4,1]]}}");
	ck_assert(measurement_adds_up(&m));
	json_decref(sums);
	json_decref(events);
}
END_TEST

/* What serves has exits and no iterations. */
START_TEST(an_ipi_has_the_exits_of_both)
{
	json_t *events = quoted_json(two_text), *sums = vcpus_add_up(events);
	struct measurement m = measurement_find(sums, "L1", operation_find("ipi"));
	struct ratio exits;
	uint64_t ticks;

	ck_assert(measurement_exits(&m, &exits) && exits.sum == 20 && exits.count == 10);
	ck_assert(measurement_dearest(&m, &ticks) && ticks == 900);
	json_decref(sums);
	json_decref(events);
}
END_TEST

START_TEST(one_vcpu_is_left_as_it_is)
{
	json_t *events = quoted_json(one_text);

	ck_assert_ptr_null(vcpus_add_up(events));
	ck_assert_ptr_null(vcpus_add_up(NULL));
	json_decref(events);
}
END_TEST

static json_t *make_run(const char *l0, const char *vcpus, const char *text)
{
	json_t *events = quoted_json(text), *sums = vcpus_add_up(events);
	json_t *run = json_pack("{s:s,s:s,s:s,s:o}", "l0", l0, "level", "L1", "vcpus", vcpus,
				"events", sums ? sums : json_incref(events));

	json_decref(events);
	return run;
}

START_TEST(a_line_for_each_number_of_vcpus)
{
	json_t *object =
		json_pack("{s:s,s:[o,o,o,o]}", "peer", "kvm", "runs",
			  make_run("testudo", "1", one_text), make_run("testudo", "2", two_text),
			  make_run("kvm", "1", one_text), make_run("kvm", "2", two_text));
	struct written w;

	written_begin(&w);
	ck_assert(smp_table(&w.result, object) && smp_figure(&w.result, object));
	written_commit(&w);
	written_has(&w, "smp.csv",
		    "\nL1,cpuid,1,1.000,5,5,5.000,1.000,1.000,5,5,5.000,1.000,1.000\n"
		    "L1,cpuid,2,1.050,5,7,7.500,1.400,1.050,5,7,7.500,1.400,1.000\n");
	/* Nobody interrupts another alone. */
	written_has(&w, "smp.csv", "L1,ipi,2,2.000,900,900,910.000,n/a,2.000,900,900,910.000,n/a,");
	written_has(&w, "smp.dat",
		    "L1\tTestudo, 1\tKVM, 1\tTestudo, 2\tKVM, 2\ncpuid\t5\t5\t7\t7\n");
	written_has(&w, "smp.dat", "\nipi\tn/a\tn/a\t900\t900\n");
	json_decref(object);
	written_end(&w);
}
END_TEST

START_TEST(an_operation_for_two_needs_two)
{
	json_t *run = json_pack("{s:s}", "vcpus", "2");

	ck_assert(operation_chosen(run, operation_find("ipi")));
	ck_assert(!operation_chosen(NULL, operation_find("ipi")));
	json_object_set_new(run, "operations", json_pack("[s]", "ipi"));
	ck_assert(operation_chosen(run, operation_find("ipi")));
	ck_assert(!operation_chosen(run, operation_find("cpuid")));
	json_object_set_new(run, "vcpus", json_string("1"));
	ck_assert(!operation_chosen(run, operation_find("ipi")));
	json_decref(run);
}
END_TEST

Suite *smp_suite(void)
{
	Suite *suite = suite_create("smp");
	TCase *tests = tcase_create("smp");

	tcase_add_test(tests, what_vcpus_measured_is_added_up);
	tcase_add_test(tests, an_ipi_has_the_exits_of_both);
	tcase_add_test(tests, one_vcpu_is_left_as_it_is);
	tcase_add_test(tests, a_line_for_each_number_of_vcpus);
	tcase_add_test(tests, an_operation_for_two_needs_two);
	suite_add_tcase(suite, tests);
	return suite;
}
