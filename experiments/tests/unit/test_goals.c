// SPDX-License-Identifier: Apache-2.0
#include "quoted.h"
#include "suites.h"
#include "tables/goals.h"
#include "written.h"

/*
 * Two runs of ours, the second the cheaper, with and without an exit that a timer caused, one on
 * two vCPUs, and the peer's; page-fault costs none of them an exit.
 */
static const char runs_text[] =
	"[{'name':'dear','l0':'testudo','level':'L2','vmcs':'trap','mmu':'mdp','events':["
	"{'t':'sample','level':'L2','id':1,'iterations':10,'ticks_min':4000},"
	"{'t':'measure','level':2,'id':1,'iterations':10,'exits':["
	"{'level':1,'reason':'VMREAD','count':70},"
	"{'level':2,'reason':'CPUID','count':10}]}]},"
	"{'name':'cheap','l0':'testudo','level':'L2','vmcs':'shadow','mmu':'mdp','events':["
	"{'t':'sample','level':'L2','id':1,'iterations':10,'ticks_min':2500},"
	"{'t':'measure','level':2,'id':1,'iterations':10,'exits':["
	"{'level':1,'reason':'VMRESUME','count':24,'ticks':1}]},"
	"{'t':'sample','level':'L2','id':8,'iterations':10,'ticks_min':43},"
	"{'t':'measure','level':2,'id':8,'iterations':10,'exits':[]}]},"
	"{'l0':'testudo','level':'L2','vmcs':'trap','mmu':'mdp','vcpus':'2','events':["
	"{'t':'sample','level':'L2','id':1,'iterations':20,'ticks_min':4100,"
	"'ticks_min_dearest':4200}]},"
	"{'l0':'kvm','level':'L2','vmcs':'shadow','mmu':'mdp','events':["
	"{'t':'sample','level':'L2','id':1,'iterations':10,'ticks_min':7499},"
	"{'t':'sample','level':'L2','id':8,'iterations':10,'ticks_min':43},"
	"{'t':'measure','level':2,'id':8,'iterations':10,'exits':[]}]},"
	"{'name':'named','l0':'kvm','level':'L2','events':["
	"{'t':'sample','level':'L2','id':1,'iterations':10,'ticks_min':30000}]}]";

static const struct {
	const char *goal, *line;
} goals[] = {
	{"{'operation':'cpuid','quantity':'ticks_min','at_most':2500}",
	 "cpuid,shadow,mdp,1,ticks_min,2500,n/a,2500,met,7499,3.000\n"},
	{"{'operation':'cpuid','quantity':'ticks_min','at_most':2499}",
	 "cpuid,shadow,mdp,1,ticks_min,2499,n/a,2500,missed,7499,3.000\n"},
	{"{'operation':'cpuid','vmcs':'trap','quantity':'ticks_min','at_most':4000}",
	 "cpuid,trap,mdp,1,ticks_min,4000,n/a,4000,met,7499,1.875\n"},
	/* 2.4 exits are two and some timer's; 8 are not 7. */
	{"{'operation':'cpuid','quantity':'exits_per_op','at_most':2}",
	 "cpuid,shadow,mdp,1,exits_per_op,2,n/a,2.400,met,n/a,n/a\n"},
	{"{'operation':'cpuid','vmcs':'trap','quantity':'exits_per_op','at_most':7}",
	 "cpuid,trap,mdp,1,exits_per_op,7,n/a,8.000,missed,n/a,n/a\n"},
	{"{'operation':'cpuid','quantity':'ticks_min','part_of_peer':3}",
	 "cpuid,shadow,mdp,1,ticks_min,2499,n/a,2500,missed,7499,3.000\n"},
	/* The peer's run by its name, and one that there is not. */
	{"{'operation':'cpuid','quantity':'ticks_min','part_of_peer':10,'peer_run':'named'}",
	 "cpuid,shadow,mdp,1,ticks_min,3000,n/a,2500,met,30000,12.000\n"},
	{"{'operation':'cpuid','quantity':'ticks_min','part_of_peer':3,'peer_run':'nobody'}",
	 "cpuid,shadow,mdp,1,ticks_min,n/a,n/a,2500,n/a,n/a,n/a\n"},
	{"{'operation':'page-fault','quantity':'ticks_min','part_of_peer':3}",
	 "page-fault,shadow,mdp,1,ticks_min,14,n/a,43,no exit,43,1.000\n"},
	/* 4,200 is at most 105 % of 4,000, and not 104 %. */
	{"{'operation':'cpuid','vcpus':'2','of_vcpus':'1','vmcs':'trap','quantity':'ticks_min_"
	 "dearest','at_most':105}",
	 "cpuid,trap,mdp,2,ticks_min_dearest,4200,n/a,4200,met,n/a,n/a\n"},
	{"{'operation':'cpuid','vcpus':'2','of_vcpus':'1','vmcs':'trap','quantity':'ticks_min_"
	 "dearest','at_most':104}",
	 "cpuid,trap,mdp,2,ticks_min_dearest,4160,n/a,4200,missed,n/a,n/a\n"},
	/* At least, and of another run of ours: 62.5 % of 4,000 are 2,500. */
	{"{'operation':'cpuid','quantity':'ticks_min','at_least':2500}",
	 "cpuid,shadow,mdp,1,ticks_min,n/a,2500,2500,met,7499,3.000\n"},
	{"{'operation':'cpuid','quantity':'ticks_min','at_least':2501}",
	 "cpuid,shadow,mdp,1,ticks_min,n/a,2501,2500,missed,7499,3.000\n"},
	{"{'operation':'cpuid','quantity':'exits_per_op','at_least':3}",
	 "cpuid,shadow,mdp,1,exits_per_op,n/a,3,2.400,missed,n/a,n/a\n"},
	{"{'operation':'cpuid','run':'dear','quantity':'ticks_min','at_least':160,"
	 "'of_run':'cheap'}",
	 "cpuid,trap,mdp,1,ticks_min,n/a,4000,4000,met,7499,1.875\n"},
	{"{'operation':'cpuid','run':'cheap','quantity':'ticks_min','at_least':63,"
	 "'of_run':'dear'}",
	 "cpuid,shadow,mdp,1,ticks_min,n/a,2520,2500,missed,7499,3.000\n"},
	{"{'operation':'cpuid','run':'cheap','quantity':'ticks_min','at_most':62,"
	 "'of_run':'dear'}",
	 "cpuid,shadow,mdp,1,ticks_min,2480,n/a,2500,missed,7499,3.000\n"},
	/* 20 % of 8 are two whole exits. */
	{"{'operation':'cpuid','run':'cheap','quantity':'exits_per_op','at_least':20,"
	 "'of_run':'dear'}",
	 "cpuid,shadow,mdp,1,exits_per_op,n/a,2,2.400,met,n/a,n/a\n"},
	{"{'operation':'cpuid','quantity':'ticks_min','at_least':50,'of_run':'nobody'}",
	 "cpuid,shadow,mdp,1,ticks_min,n/a,n/a,2500,n/a,7499,3.000\n"},
	/* So much above another run's, of another operation: 43 and 2,457. */
	{"{'operation':'cpuid','run':'cheap','quantity':'ticks_min','at_most':2457,"
	 "'above_run':'cheap','of_operation':'page-fault'}",
	 "cpuid,shadow,mdp,1,ticks_min,2500,n/a,2500,met,7499,3.000\n"},
	{"{'operation':'cpuid','run':'dear','quantity':'ticks_min','at_most':1499,"
	 "'above_run':'cheap'}",
	 "cpuid,trap,mdp,1,ticks_min,3999,n/a,4000,missed,7499,1.875\n"},
	{"{'operation':'cpuid','run':'cheap','quantity':'ticks_min','at_most':1,"
	 "'above_run':'nobody'}",
	 "cpuid,shadow,mdp,1,ticks_min,n/a,n/a,2500,n/a,7499,3.000\n"},
	/* Nothing measured, nothing met; nor where there is no such operation, quantity or run. */
	{"{'operation':'vmcall','quantity':'ticks_min','at_most':1}",
	 "vmcall,n/a,n/a,1,ticks_min,1,n/a,n/a,n/a,n/a,n/a\n"},
	{"{'operation':'nonsense','quantity':'ticks_min','at_most':1}",
	 "nonsense,n/a,n/a,1,ticks_min,1,n/a,n/a,n/a,n/a,n/a\n"},
	{"{'operation':'cpuid','quantity':'nonsense','at_most':1}",
	 "cpuid,shadow,mdp,1,nonsense,1,n/a,n/a,n/a,n/a,n/a\n"},
	{"{'operation':'cpuid','mmu':'nonsense','quantity':'ticks_min','at_most':1}",
	 "cpuid,n/a,n/a,1,ticks_min,1,n/a,n/a,n/a,n/a,n/a\n"},
	{"{'operation':'cpuid','quantity':'ticks_min','part_of_peer':0}",
	 "cpuid,shadow,mdp,1,ticks_min,n/a,n/a,2500,n/a,7499,3.000\n"},
};

START_TEST(a_goal_is_met_or_not)
{
	json_t *goal = quoted_json(goals[_i].goal), *object;
	struct written w;

	json_object_set_new(goal, "level", json_string("L2"));
	json_object_set_new(goal, "goal", json_string("it"));
	object = json_pack("{s:s,s:o,s:[o]}", "peer", "kvm", "runs", quoted_json(runs_text),
			   "goals", goal);
	written_begin(&w);
	ck_assert(goals_table(&w.result, object));
	written_commit(&w);
	written_has(&w, "goals.csv", goals[_i].line);
	json_decref(object);
	written_end(&w);
}
END_TEST

Suite *goals_suite(void)
{
	Suite *suite = suite_create("goals");
	TCase *tests = tcase_create("goals");

	tcase_add_loop_test(tests, a_goal_is_met_or_not, 0, sizeof(goals) / sizeof(goals[0]));
	suite_add_tcase(suite, tests);
	return suite;
}
