// SPDX-License-Identifier: Apache-2.0
#include "lib/channel.h"
#include "lib/complain.h"
#include "run/peer.h"
#include "suites.h"
#include "tables/measurement.h"
#include "tables/pick.h"
#include "tables/side_by_side.h"
#include "tables/tables.h"
#include "written.h"

/* CPUID at a level: so many exits of ten iterations, so many ticks. */
static json_t *make_run(const char *l0, const char *level, const char *vmcs, const char *mmu,
			int exits, int ticks)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:[{s:s,s:i,s:i,s:i,s:[{s:i,s:s,s:i}]},"
			 "{s:s,s:s,s:i,s:i,s:i}]}",
			 "l0", l0, "level", level, "vmcs", vmcs, "mmu", mmu, "events", "t",
			 "measure", "id", 1, "iterations", 10, "level", level[1] - '0', "exits",
			 "level", 1, "reason", "CPUID", "count", exits, "t", "sample", "level",
			 level, "id", 1, "iterations", 10, "ticks_min", ticks);
}

static json_t *make_object(void)
{
	return json_pack("{s:s,s:[o,o,o,o,o,o,o,o]}", "peer", "kvm", "runs",
			 make_run("testudo", "L1", "trap", "mdp", 10, 150),
			 make_run("testudo", "L2", "trap", "mdp", 100, 4000),
			 make_run("testudo", "L2", "evmcs", "mdp", 21, 2000),
			 make_run("testudo", "L2", "shadow", "shadow-on-ept", 50, 9000),
			 make_run("kvm", "L1", "trap", "mdp", 10, 300),
			 make_run("kvm", "L2", "trap", "mdp", 110, 20000),
			 make_run("kvm", "L2", "shadow", "mdp", 30, 14000),
			 make_run("kvm", "L2", "shadow", "shadow-on-ept", 60, 27000));
}

START_TEST(ours_stands_beside_the_peers)
{
	json_t *object = make_object();
	struct written w;

	written_begin(&w);
	ck_assert(peer_table(&w.result, object) && peer_figure(&w.result, object));
	written_commit(&w);
	written_has(&w, "peer.csv",
		    "\nL1,trap,mdp,1,kvm,trap,mdp,cpuid,1.000,1.000,1.000,150,300,2.000,exits\n");
	written_has(
		&w, "peer.csv",
		"\nL2,trap,mdp,1,kvm,trap,mdp,cpuid,10.000,11.000,1.100,4000,20000,5.000,exits\n");
	/* What the peer has no match for stands beside its best. */
	written_has(
		&w, "peer.csv",
		"\nL2,evmcs,mdp,1,kvm,shadow,mdp,cpuid,2.100,3.000,1.429,2000,14000,7.000,exits\n");
	written_has(&w, "peer.csv",
		    "\nL2,shadow,shadow-on-ept,1,kvm,shadow,shadow-on-ept,cpuid,5.000,6.000,1.200,"
		    "9000,27000,3.000,exits\n");
	written_has(&w, "peer.csv",
		    "\nL2,trap,mdp,1,kvm,trap,mdp,vmcall,n/a,n/a,n/a,n/a,n/a,n/a,exits\n");
	written_has(&w, "peer.dat",
		    "L2, mmu=mdp: testudo vmcs=trap, kvm vmcs=trap\ncpuid\t10.000\t");
	json_decref(object);
	written_end(&w);
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

/* What of ours, by place in make_object, the peer's run stands beside; -1: none. */
static const struct {
	const char *level, *vmcs, *mmu;
	int peer;
} neighbours[] = {
	{"L1", "trap", "shadow-on-ept", 4},    {"L2", "trap", "mdp", 5},
	{"L2", "evmcs", "shadow-on-ept", 7},   {"L2", "trap", "shadow-on-ept", 7},
	{"L2", "trap", "shadow-on-shadow", 7}, {"L3", "trap", "mdp", -1},
};

START_TEST(the_nearest_of_the_peers_runs)
{
	json_t *object = make_object();
	json_t *run = make_run("testudo", neighbours[_i].level, neighbours[_i].vmcs,
			       neighbours[_i].mmu, 1, 1);
	const json_t *wanted = neighbours[_i].peer < 0
				       ? NULL
				       : json_array_get(json_object_get(object, "runs"),
							(size_t)neighbours[_i].peer);

	ck_assert_ptr_eq(pick_peer(object, run), wanted);
	json_decref(run);
	json_decref(object);
}
END_TEST

/* Interrupts that are posted stand beside posted ones, and nothing else does. */
START_TEST(posted_beside_posted)
{
	json_t *object = make_object(), *runs = json_object_get(object, "runs");
	json_t *ours = make_run("testudo", "L2", "shadow", "mdp", 1, 1);
	json_t *theirs = make_run("kvm", "L2", "shadow", "mdp", 1, 1);

	json_object_set_new(theirs, "interrupts", json_string("posted"));
	json_array_insert_new(runs, 4, theirs);
	ck_assert_ptr_eq(pick_peer(object, ours), json_array_get(runs, 7));
	json_object_set_new(ours, "interrupts", json_string("eli"));
	ck_assert_ptr_eq(pick_peer(object, ours), json_array_get(runs, 7));
	json_object_set_new(ours, "interrupts", json_string("posted"));
	ck_assert_ptr_eq(pick_peer(object, ours), theirs);
	json_array_remove(runs, 4);
	ck_assert_ptr_nonnull(pick_peer(object, ours));
	json_decref(ours);
	json_decref(object);
}
END_TEST

static const struct {
	const char *row, *line;
} comparisons[] = {
	{"{\"operation\":\"cpuid\",\"l0\":\"kvm\",\"level\":\"L2\",\"vmcs\":\"trap\",\"mmu\":"
	 "\"mdp\","
	 "\"quantity\":\"ticks_min\",\"value\":16000,\"source\":\"table\"}",
	 "cpuid,L2,kvm,trap,mdp,ticks_min,16000.000,20000.000,+4000.000,+25.0,table\n"},
	{"{\"operation\":\"cpuid\",\"l0\":\"kvm\",\"level\":\"L2\",\"vmcs\":\"shadow\",\"mmu\":"
	 "\"shadow-on-ept\",\"quantity\":\"exits_per_op\",\"value\":3,\"source\":\"table\"}",
	 "cpuid,L2,kvm,shadow,shadow-on-ept,exits_per_op,3.000,6.000,+3.000,+100.0,table\n"},
	/* Without the peer's run there is nothing to compare; ours is not taken for it. */
	{"{\"operation\":\"cpuid\",\"l0\":\"kvm\",\"level\":\"L2\",\"vmcs\":\"evmcs\","
	 "\"quantity\":\"ticks_min\",\"value\":1,\"source\":\"table\"}",
	 "cpuid,L2,kvm,evmcs,n/a,ticks_min,1.000,n/a,n/a,n/a,table\n"},
};

START_TEST(the_peer_beside_its_published_numbers)
{
	json_t *object = make_object(), *row = json_loads(comparisons[_i].row, 0, NULL);
	struct written w;

	ck_assert_ptr_nonnull(row);
	json_object_set_new(object, "published", json_pack("{s:[o]}", "values", row));
	written_begin(&w);
	ck_assert(table_comparison(&w.result, object));
	written_commit(&w);
	written_has(&w, "comparison.csv", comparisons[_i].line);
	json_decref(object);
	written_end(&w);
}
END_TEST

START_TEST(the_peers_runs_come_after_ours)
{
	json_t *definition = json_pack("{s:[s],s:s}", "runs", "ours", "peer", "kvm");
	struct knob_settings settings = {0};
	const json_t *runs = json_object_get(definition, "runs");

	ck_assert_int_eq(peer_add(definition, NULL, &settings), 0);
	ck_assert_uint_gt(json_array_size(runs), 3);
	ck_assert_str_eq(channel_text(json_array_get(runs, 1), "l0", ""), "kvm");
	json_decref(definition);
	definition = json_pack("{s:[],s:s,s:[{s:s,s:s}]}", "runs", "peer", "kvm", "peer_runs",
			       "level", "L2", "vmcs", "trap");
	ck_assert_int_eq(peer_add(definition, NULL, &settings), 0);
	runs = json_object_get(definition, "runs");
	ck_assert_uint_eq(json_array_size(runs), 1);
	ck_assert_str_eq(channel_text(json_array_get(runs, 0), "vmcs", ""), "trap");
	json_decref(definition);
	/* Posted interrupts only where a run of ours has them. */
	definition =
		json_pack("{s:[{s:[s]}],s:s}", "runs", "knobs", "interrupts=eli", "peer", "kvm");
	ck_assert_int_eq(peer_add(definition, NULL, &settings), 0);
	ck_assert_uint_eq(json_array_size(json_object_get(definition, "runs")), 1 + 4);
	json_decref(definition);
	definition =
		json_pack("{s:[{s:[s]}],s:s}", "runs", "knobs", "interrupts=posted", "peer", "kvm");
	ck_assert_int_eq(peer_add(definition, NULL, &settings), 0);
	ck_assert_uint_eq(json_array_size(json_object_get(definition, "runs")), 1 + 6);
	json_decref(definition);
	definition = json_pack("{s:[],s:s,s:s,s:[{s:s}]}", "runs", "table", "ways", "peer",
			       "kvm-io", "peer_runs", "run", "kvm-vhost");
	ck_assert_int_eq(peer_add(definition, NULL, &settings), 0);
	runs = json_object_get(definition, "runs");
	ck_assert_uint_eq(json_array_size(runs), 1);
	ck_assert_str_eq(channel_text(json_array_get(runs, 0), "name", ""), "kvm-vhost");
	json_decref(definition);
}
END_TEST

START_TEST(a_peer_that_does_not_fit_is_refused)
{
	const char *const charged[] = {"charge=turtles-nehalem"};
	json_t *definition = json_pack("{s:[]}", "runs"), *bars;
	struct knob_settings plain = {0}, model = {0};

	bars = json_pack("{s:[],s:s}", "runs", "table", "bars");
	ck_assert_int_eq(knobs_set_all(&model, charged, 1), 0);
	ck_assert_int_eq(peer_add(definition, NULL, &plain), 0);
	quiet_begin();
	ck_assert_int_eq(peer_add(definition, "../peers/kvm", &plain), STATUS_BAD_INPUT);
	ck_assert_int_eq(peer_add(definition, "nobody", &plain), STATUS_BAD_INPUT);
	ck_assert_int_eq(peer_add(definition, "kvm", &model), STATUS_BAD_INPUT);
	ck_assert_int_eq(peer_add(bars, "kvm", &plain), STATUS_BAD_INPUT);
	ck_assert_uint_eq(quiet_end(), 4);
	ck_assert_uint_eq(json_array_size(json_object_get(bars, "runs")), 0);
	json_decref(bars);
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
	tcase_add_loop_test(tests, the_nearest_of_the_peers_runs, 0,
			    sizeof(neighbours) / sizeof(neighbours[0]));
	tcase_add_test(tests, posted_beside_posted);
	tcase_add_loop_test(tests, the_peer_beside_its_published_numbers, 0,
			    sizeof(comparisons) / sizeof(comparisons[0]));
	tcase_add_test(tests, the_peers_runs_come_after_ours);
	tcase_add_test(tests, a_peer_that_does_not_fit_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
