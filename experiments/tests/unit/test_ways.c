// SPDX-License-Identifier: Apache-2.0
#include "quoted.h"
#include "suites.h"
#include "tables/quantity.h"
#include "tables/ways.h"
#include "written.h"

/*
 * A way with a sidecore and one with exits, which measured mapping of 1 and of 16 pages, and a
 * stream of 1,000 bytes: 4,000 ticks at 2 GHz are 2 us, 4,000 bits a us of a line that has 5,000.
 */
static const char ways_text[] =
	"{'experiment':'none','runs':["
	"{'name':'trap','level':'L1','l0':'testudo','operations':['iommu-map','stream'],'events':["
	"{'t':'boot','knobs':{'tsc_khz':2000000,'wire_mbit':5000}},"
	"{'t':'measure','level':1,'id':116,'iterations':10,'elapsed':4000,'halted':1000,'charged':"
	"100,"
	"'ticks':{'l0':600,'l1':3300,'l2':0},"
	"'exits':[{'level':1,'reason':'EPT_VIOLATION','count':20,'ticks':600}]},"
	"{'t':'sample','level':'L1','id':116,'pages':1,'iterations':10,'ticks_min':300,"
	"'ticks_sum':4000,'ticks_p50':350,'ticks_p99':900},"
	"{'t':'measure','level':1,'id':116,'iterations':10,'exits':[]},"
	"{'t':'sample','level':'L1','id':116,'pages':16,'iterations':10,'ticks_min':3000,"
	"'ticks_sum':40000},"
	"{'t':'measure','level':1,'id':111,'iterations':1,'elapsed':4000,'charged':500,"
	"'ticks':{'l0':1500,'l1':2000,'l2':0},"
	"'exits':[{'level':1,'reason':'WRMSR','count':3,'ticks':1500}]},"
	"{'t':'sample','level':'L1','id':111,'bytes':1000,'iterations':1,'ticks_min':4000,"
	"'ticks_sum':4000}]},"
	"{'name':'sidecore','level':'L1','l0':'testudo','operations':['iommu-map'],'events':["
	"{'t':'window','machine':0,'seen':[400,0,100,300],'most':[900,20,200,350],'until':[],"
	"'watched':6,'closed':4,'reused':0,'open':1,'wrong':0,'foreign':0,'replays':31},"
	"{'t':'measure','level':1,'id':116,'iterations':10,'exits':[],"
	"'sidecore':{'busy':25,'idle':7}},"
	"{'t':'sample','level':'L1','id':116,'pages':1,'iterations':10,'ticks_min':200,"
	"'ticks_sum':2000}]}],"
	"'goals':[{'goal':'it','operation':'iommu-map','run':'trap','size':16,"
	"'quantity':'ticks_min','at_most':2999},"
	"{'goal':'it','operation':'iommu-map','run':'sidecore','size':1,"
	"'quantity':'sidecore_busy','at_most':3},"
	"{'goal':'it','operation':'iommu-map','run':'sidecore','quantity':'window_max','at_most':"
	"399},"
	"{'goal':'it','operation':'iommu-map','run':'sidecore','quantity':'window_foreign','at_"
	"most':0},"
	"{'goal':'it','operation':'iommu-map','run':'trap','quantity':'window_wrong','at_most':0}],"
	"'published':{'values':[{'operation':'iommu-map','level':'trap/sidecore','size':1,"
	"'quantity':'ticks_mean','value':3,'source':'it'},"
	"{'operation':'iommu-map','level':'trap','size':2,'quantity':'ticks_mean','value':3}]}}";

static const struct {
	const char *name;
	uint64_t size, sum, count; /* the value is their ratio; a count of 0: not known */
} quantities[] = {
	{"exits_per_op", 1, 20, 10},
	{"ticks_min", 16, 3000, 1},
	{"ticks_p50", 1, 350, 1},
	{"ticks_p99", 1, 900, 1},
	{"ticks_p99", 16, 0, 0},
	{"ticks_mean", 16, 40000, 10},
	{"us_mean", 1, 1, 5},
	{"ticks_in_l0", 1, 600, 10},
	{"ticks_in_l0", 16, 0, 0},
	{"exits_per_s", 1, 10000000, 1},
	{"ticks_without_charge", 1, 390, 1},
	{"cpu_percent", 1, 75, 1},
	{"cpu_percent", 16, 0, 0},
	{"mmio_exits_per_op", 1, 2, 1},
	{"mmio_exits_per_s", 1, 10000000, 1},
	{"exits_per_packet", 1, 0, 0},
	/* 1.448 packets. */
	{"exits_per_packet", 1000, 4344, 1000},
	{"sidecore_busy", 1, 0, 0},
	{"mbit_s", 1, 0, 0},
	{"mbit_s", 1000, 4000, 1},
	{"line_percent", 1000, 80, 1},
	/* 2,000 ticks are left. */
	{"bare_percent", 1000, 160, 1},
	{"ticks_mean", 2, 0, 0},
	{"nonsense", 1, 0, 0},
};

START_TEST(a_quantity)
{
	json_t *object = quoted_json(ways_text);
	const json_t *run = json_array_get(json_object_get(object, "runs"), 0);
	uint64_t size = quantities[_i].size;
	json_t *row = json_pack("{s:s,s:I}", "operation", size == 1000 ? "stream" : "iommu-map",
				"size", (json_int_t)size);
	struct measurement m = quantity_row(run, row);
	struct ratio value;

	ck_assert(quantity_of(run, &m, quantities[_i].name, &value) == (quantities[_i].count != 0));
	if (quantities[_i].count)
		ck_assert_uint_eq(value.sum * quantities[_i].count,
				  quantities[_i].sum * value.count);
	json_decref(row);
	json_decref(object);
}
END_TEST

START_TEST(a_line_for_each_run_and_size)
{
	json_t *object = quoted_json(ways_text);
	struct written w;

	written_begin(&w);
	ck_assert(ways_tables(&w.result, object) && ways_figure(&w.result, object));
	written_commit(&w);
	written_has(&w, "ways.csv",
		    "\ntrap,L1,stream,1000,3,4000,n/a,n/a,4000,2.000,1500,n/a,1500000.000,4000.000,"
		    "80.000,160.000,0.000,4.344,n/a\n");
	written_has(&w, "ways.csv",
		    "\ntrap,L1,iommu-map,1,2.000,300,350,900,400.000,0.200,60.000,n/a,"
		    "10000000.000,n/a,n/a,n/a,10000000.000,n/a,75.000\n"
		    "trap,L1,iommu-map,16,0.000,3000,n/a,n/a,4000.000,2.000,n/a,n/a,"
		    "n/a,n/a,n/a,n/a,n/a,n/a,n/a\n"
		    "sidecore,L1,iommu-map,1,0.000,200,n/a,n/a,200.000,n/a,n/a,2.500,");
	written_has(&w, "ways-exits.csv",
		    "\ntrap,L1,iommu-map,1,1,EPT_VIOLATION,20,2.000,60.000,10000000.000\n");
	written_has(&w, "windows.csv",
		    "\nsidecore,6,4,0,1,0,0,31,n/a,0,100,400,400,200.000,200,900,n/a,n/a\n");
	written_has(&w, "figure.dat", "iommu-map, 1\ntrap\t2.000\t300\t");
	written_has(&w, "figure.dat", "\n\n\niommu-map, 16\ntrap\t0.000\t3000\t");
	written_end(&w);
	json_decref(object);
}
END_TEST

START_TEST(goals_and_published_numbers_have_a_size)
{
	json_t *object = quoted_json(ways_text);
	struct written w;

	written_begin(&w);
	ck_assert(ways_tables(&w.result, object));
	written_commit(&w);
	written_has(&w, "goals.csv", ",ticks_min,2999,3000,missed,");
	written_has(&w, "goals.csv", ",sidecore_busy,3,2.500,met,");
	written_has(&w, "goals.csv", ",window_max,399,400,missed,");
	written_has(&w, "goals.csv", ",window_foreign,0,0,met,");
	written_has(&w, "goals.csv", ",window_wrong,0,n/a,n/a,");
	written_has(&w, "comparison.csv", ",ticks_mean,3.000,2.000,-1.000,-33.3,it\n");
	written_has(&w, "comparison.csv", ",ticks_mean,3.000,n/a,n/a,n/a,n/a\n");
	written_end(&w);
	json_decref(object);
}
END_TEST

Suite *ways_suite(void)
{
	Suite *suite = suite_create("ways");
	TCase *tests = tcase_create("ways");

	tcase_add_loop_test(tests, a_quantity, 0, sizeof(quantities) / sizeof(quantities[0]));
	tcase_add_test(tests, a_line_for_each_run_and_size);
	tcase_add_test(tests, goals_and_published_numbers_have_a_size);
	suite_add_tcase(suite, tests);
	return suite;
}
