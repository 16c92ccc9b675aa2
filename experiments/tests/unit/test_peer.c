// SPDX-License-Identifier: Apache-2.0
#include "complain.h"
#include "measurement.h"
#include "peer.h"
#include "scratch.h"
#include "suites.h"
#include "tables.h"

#include <stdlib.h>
#include <string.h>

/* CPUID at a level: so many exits of ten iterations, so many ticks. */
static json_t *make_run(const char *l0, const char *level, const char *vmcs, int exits, int ticks)
{
	return json_pack("{s:s,s:s,s:s,s:[{s:s,s:i,s:i,s:i,s:[{s:i,s:s,s:i}]},"
			 "{s:s,s:s,s:i,s:i,s:i}]}",
			 "l0", l0, "level", level, "vmcs", vmcs, "events", "t", "measure", "id", 1,
			 "iterations", 10, "level", level[1] - '0', "exits", "level", 1, "reason",
			 "CPUID", "count", exits, "t", "sample", "level", level, "id", 1,
			 "iterations", 10, "ticks_min", ticks);
}

static json_t *make_object(void)
{
	return json_pack("{s:s,s:[o,o,o,o,o,o]}", "peer", "kvm", "runs",
			 make_run("testudo", "L1", "trap", 10, 150),
			 make_run("testudo", "L2", "trap", 100, 4000),
			 make_run("testudo", "L2", "evmcs", 20, 2000),
			 make_run("kvm", "L1", "n/a", 10, 300),
			 make_run("kvm", "L2", "trap", 110, 20000),
			 make_run("kvm", "L2", "shadow", 30, 14000));
}

static void expect_line(const char *directory, const char *name, const char *line)
{
	char *path = text_format("%s/%s", directory, name);
	char *text = file_read(path);

	ck_assert_ptr_nonnull(text);
	ck_assert_msg(strstr(text, line) != NULL, "%s lacks %s, has:\n%s", name, line, text);
	free(text);
	free(path);
}

START_TEST(ours_stands_beside_the_peers)
{
	char *top = scratch_make();
	char *target = text_format("%s/result", top);
	json_t *object = make_object();
	struct result result;

	ck_assert_int_eq(result_begin(&result, target), 0);
	ck_assert(peer_table(&result, object) && peer_figure(&result, object));
	ck_assert_int_eq(result_commit(&result), 0);
	expect_line(target, "peer.csv", "\nL1,n/a,kvm,n/a,cpuid,1.000,1.000,1.000,150,300,2.000\n");
	expect_line(target, "peer.csv",
		    "\nL2,trap,kvm,trap,cpuid,10.000,11.000,1.100,4000,20000,5.000\n");
	/* What the peer has no match for stands beside its best. */
	expect_line(target, "peer.csv",
		    "\nL2,evmcs,kvm,shadow,cpuid,2.000,3.000,1.500,2000,14000,7.000\n");
	expect_line(target, "peer.csv", "\nL2,trap,kvm,trap,vmcall,n/a,n/a,n/a,n/a,n/a,n/a\n");
	expect_line(target, "peer.dat",
		    "L2: testudo vmcs=trap, kvm vmcs=trap\ncpuid\t10.000\t11.000\t");
	json_decref(object);
	scratch_remove(top);
	free(target);
	free(top);
}
END_TEST

START_TEST(a_level_is_ours_first)
{
	json_t *object = make_object();
	json_t *runs = json_object_get(object, "runs");

	json_array_remove(runs, 0);
	ck_assert_ptr_null(table_run(object, "L1"));
	ck_assert_ptr_eq(table_run(object, "L2"), json_array_get(runs, 0));
	json_decref(object);
}
END_TEST

START_TEST(an_unknown_peer_is_refused)
{
	json_t *definition = json_pack("{s:[]}", "runs");

	ck_assert_int_eq(peer_add(definition, NULL), 0);
	quiet_begin();
	ck_assert_int_eq(peer_add(definition, "../peers/kvm"), STATUS_BAD_INPUT);
	ck_assert_int_eq(peer_add(definition, "nobody"), STATUS_BAD_INPUT);
	ck_assert_uint_eq(quiet_end(), 2);
	ck_assert_uint_eq(json_array_size(json_object_get(definition, "runs")), 0);
	json_decref(definition);
}
END_TEST

Suite *peer_suite(void)
{
	Suite *suite = suite_create("peer");
	TCase *tests = tcase_create("peer");

	tcase_add_test(tests, ours_stands_beside_the_peers);
	tcase_add_test(tests, a_level_is_ours_first);
	tcase_add_test(tests, an_unknown_peer_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
