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
	"{'t':'iommu','machine':0,'translated':70,'mapped':1,'mapped_most':9,'faults':0},"
	"{'t':'sample','level':'L1','id':116,'pages':1,'iterations':10,'ticks_min':300,"
	"'ticks_sum':4000,'ticks_p50':350,'ticks_p99':900},"
	"{'t':'measure','level':1,'id':116,'iterations':10,'exits':["
	"{'level':1,'reason':'VMRESUME','count':40,'ticks':9},"
	"{'level':1,'reason':'EPT_VIOLATION','count':10,'ticks':9},"
	"{'level':1,'reason':'WRMSR','count':5,'ticks':9},"
	"{'level':2,'reason':'EPT_MISCONFIG','count':45,'ticks':9}]},"
	"{'t':'sample','level':'L1','id':116,'pages':16,'iterations':10,'ticks_min':3000,"
	"'ticks_sum':40000},"
	"{'t':'measure','level':1,'id':111,'iterations':1,'elapsed':4000,'charged':500,"
	"'ticks':{'l0':1500,'l1':2000,'l2':0},"
	"'exits':[{'level':1,'reason':'WRMSR','count':3,'ticks':1500}]},"
	"{'t':'sample','level':'L1','id':111,'bytes':1000,'iterations':1,'ticks_min':4000,"
	"'ticks_sum':4000},"
	"{'t':'measure','level':1,'id':111,'iterations':1,'elapsed':4000,'exits':["
	"{'level':1,'reason':'EXTERNAL_INTERRUPT','count':2,'ticks':9},"
	"{'level':1,'reason':'EXCEPTION_NMI','count':1,'ticks':9}]},"
	"{'t':'sample','level':'L1','id':111,'bytes':1000,'message':64,'iterations':1,"
	"'ticks_min':8000,'ticks_sum':8000}]},"
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
	"{'operation':'stream','level':'trap','size':64,'quantity':'mbit_s','value':1000,'source':'"
	"it'},"
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
	{"l1_mmio_exits_per_op", 16, 10, 10},
	{"l2_mmio_exits_per_op", 16, 45, 10},
	{"l1_vmx_exits_per_op", 16, 40, 10},
	{"other_exits_per_op", 16, 5, 10},
	{"other_exits_per_op", 1, 0, 1},
	{"other_exits_per_op", 1000, 3, 1},
	{"exits_per_packet", 1, 0, 0},
	/* 1.448 packets. */
	{"exits_per_packet", 1000, 4344, 1000},
	{"sidecore_busy", 1, 0, 0},
	{"mbit_s", 1, 0, 0},
	{"mbit_s", 1000, 4000, 1},
	{"line_percent", 1000, 80, 1},
	/* 2,000 ticks are left. */
	{"bare_percent", 1000, 160, 1},
	{"percent_of_bare", 1000, 50, 1},
	{"interrupts_per_op", 1000, 0, 1},
	/* Messages of 64 bytes: all of the stream's count. */
	{"mbit_s", 64, 2000, 1},
	{"interrupts_per_op", 64, 2, 1},
	{"reply_exits_per_op", 64, 3, 1},
	{"percent_of_bare", 1, 165, 2},
	{"percent_of_bare", 16, 0, 0},
	/* 3,300 ticks of 4,000 are left for ten of them. */
	{"us_bare", 1, 33, 200},
	{"us_bare", 16, 0, 0},
	{"ticks_mean", 2, 0, 0},
	{"host_interrupts_per_s", 64, 1000000, 1},
	{"host_interrupts_per_s", 1, 0, 1},
	{"guest_percent", 1, 165, 2},
	{"device_interrupts_per_s", 1, 0, 0},
	{"exits_per_interrupt", 1, 0, 0},
	{"requests_per_s", 1, 0, 0},
	{"nonsense", 1, 0, 0},
};

START_TEST(a_quantity)
{
	json_t *object = quoted_json(ways_text);
	const json_t *run = json_array_get(json_object_get(object, "runs"), 0);
	uint64_t size = quantities[_i].size;
	json_t *row = json_pack("{s:s,s:I}", "operation", size > 16 ? "stream" : "iommu-map",
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

/* 1,500 ns at 2 GHz are 3,000 of 4,000 ticks; L2's own accounts say nothing of L1. */
static const struct {
	const char *level;
	int vcpus, percent;
} accounts[] = {{"L1", 1, 25}, {"L1", 2, 60}, {"L2", 1, 60}};

START_TEST(an_idle_l1_is_taken_at_its_word)
{
	json_t *run = quoted_json(
		"{'events':[{'t':'boot','knobs':{'tsc_khz':2000000}},"
		"{'t':'measure','level':1,'id':111,'iterations':1,'elapsed':4000,'halted':1600},"
		"{'t':'measure','level':2,'id':111,'iterations':1,'elapsed':4000,'halted':1600},"
		"{'t':'sample','level':'L1','id':111,'bytes':1000,'idle_ns':1500},"
		"{'t':'sample','level':'L2','id':111,'bytes':1000,'idle_ns':1500}]}");
	json_t *row = json_pack("{s:s}", "operation", "stream");
	json_t *boot = json_array_get(json_object_get(run, "events"), 0);
	struct ratio value;

	json_object_set_new(run, "level", json_string(accounts[_i].level));
	json_object_set_new(json_object_get(boot, "knobs"), "vcpus",
			    json_integer(accounts[_i].vcpus));
	struct measurement m = quantity_row(run, row);

	ck_assert(quantity_of(run, &m, "cpu_percent", &value));
	ck_assert_uint_eq(value.sum, value.count * (unsigned)accounts[_i].percent);
	json_decref(row);
	json_decref(run);
}
END_TEST

/* A server's: 8 requests in 4,000 ticks of 2 GHz, 10 interrupts of its NIC's, of which L0 took 2.
 */
static const struct {
	const char *name;
	uint64_t sum, count;
} served[] = {
	{"requests_per_s", 4000000, 1},
	{"device_interrupts_per_s", 5000000, 1},
	{"host_interrupts_per_s", 1000000, 1},
	{"exits_per_interrupt", 5, 10},
	{"guest_percent", 75, 1},
	{"ticks_max", 4000, 1},
};

START_TEST(a_server_has_requests_and_interrupts)
{
	json_t *run = quoted_json(
		"{'level':'L1','events':[{'t':'boot','knobs':{'tsc_khz':2000000}},"
		"{'t':'measure','level':1,'id':119,'iterations':1,'elapsed':4000,'charged':400,"
		"'ticks':{'l0':600,'l1':3000,'l2':0},'exits':["
		"{'level':1,'reason':'EXTERNAL_INTERRUPT','count':2,'ticks':300},"
		"{'level':1,'reason':'WRMSR','count':3,'ticks':300}]},"
		"{'t':'sample','level':'L1','id':119,'requests':8,'interrupts':10,'iterations':1,"
		"'ticks_min':4000,'ticks_sum':4000,'ticks_max':4000}]}");
	json_t *row = json_pack("{s:s}", "operation", "nginx");
	struct measurement m = quantity_row(run, row);
	struct ratio value;

	ck_assert(quantity_of(run, &m, served[_i].name, &value));
	ck_assert_uint_eq(value.sum * served[_i].count, served[_i].sum * value.count);
	json_decref(row);
	json_decref(run);
}
END_TEST

/* Of 4,000 ticks L0 has 500, L1 1,500, of which it halted for 900; 2,900 are left. */
START_TEST(bare_of_l2_is_without_l1_too)
{
	json_t *run = quoted_json(
		"{'level':'L2','events':[{'t':'boot','knobs':{'tsc_khz':2000000,'wire_mbit':5000}},"
		"{'t':'measure','level':2,'id':111,'iterations':1,'elapsed':4000,'charged':0,"
		"'halted':900,"
		"'ticks':{'l0':500,'l1':1500,'l2':2000},'exits':[]},"
		"{'t':'sample','level':'L2','id':111,'bytes':1000,'iterations':1,"
		"'ticks_min':4000,'ticks_sum':4000}]}");
	json_t *row = json_pack("{s:s}", "operation", "stream"), *measure;
	struct measurement m = quantity_row(run, row);
	struct ratio value;

	ck_assert(quantity_of(run, &m, "percent_of_bare", &value));
	ck_assert_uint_eq(value.sum * 40, value.count * 2900);
	ck_assert(quantity_of(run, &m, "bare_percent", &value));
	ck_assert_uint_eq(value.sum * 29, value.count * 3200);
	ck_assert(quantity_of(run, &m, "guest_percent", &value));
	ck_assert_uint_eq(value.sum * 40, value.count * 2900);
	measure = json_array_get(json_object_get(run, "events"), 1);
	json_object_set_new(measure, "halted", json_integer(1501));
	ck_assert(!quantity_of(run, &m, "percent_of_bare", &value));
	json_object_del(measure, "halted");
	ck_assert(!quantity_of(run, &m, "bare_percent", &value));
	json_decref(row);
	json_decref(run);
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
		    "80.000,160.000,0.000,4.344,n/a,50.000,0,n/a,n/a,n/a,0.000,n/a,50.000\n");
	written_has(&w, "ways.csv",
		    "\ntrap,L1,iommu-map,1,2.000,300,350,900,400.000,0.200,60.000,n/a,"
		    "10000000.000,n/a,n/a,n/a,10000000.000,n/a,75.000,82.500,0.000,n/a,n/a,n/a,"
		    "0.000,n/a,82.500\n"
		    "trap,L1,iommu-map,16,10.000,3000,n/a,n/a,4000.000,2.000,n/a,n/a,"
		    "n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,0.000,n/a,n/a,n/a,n/a,n/a,n/a\n"
		    "sidecore,L1,iommu-map,1,0.000,200,n/a,n/a,200.000,n/a,n/a,2.500,");
	written_has(&w, "ways-exits.csv",
		    "\ntrap,L1,iommu-map,1,1,EPT_VIOLATION,20,2.000,60.000,10000000.000\n");
	written_has(&w, "iommu.csv", "\ntrap,9,70,n/a,n/a,0\n");
	written_has(&w, "windows.csv",
		    "\nsidecore,6,4,0,1,0,0,31,n/a,0,100,400,400,200.000,200,900,n/a,n/a\n");
	written_has(&w, "figure.dat", "iommu-map, 1\ntrap\t2.000\t300\t");
	written_has(&w, "figure.dat", "\n\n\niommu-map, 16\ntrap\t10.000\t3000\t");
	written_end(&w);
	json_decref(object);
}
END_TEST

/* KVM's run has 39,978.906 ticks in L0; the page asks for a run that is not here, too. */
START_TEST(a_page_has_numbers_in_its_words)
{
	json_t *object = quoted_json(
		"{'experiment':'io-peer','runs':["
		"{'name':'kvm-vhost','level':'L1','l0':'kvm','operations':['udp-rr'],'events':["
		"{'t':'measure','level':1,'id':110,'iterations':64,'ticks':{'l0':2558650},"
		"'exits':[]},"
		"{'t':'sample','level':'L1','id':110,'bytes':64,'iterations':64}]},"
		"{'name':'host','level':'bare','l0':'none','operations':['udp-rr'],'events':["
		"{'t':'sample','level':'bare','id':110,'bytes':64,'iterations':4,"
		"'ticks_min':90,'ticks_sum':398}]}]}");
	struct written w;

	written_begin(&w);
	ck_assert(ways_page(&w.result, object));
	written_commit(&w);
	written_has(&w, "io-peer.md", "ticks in L0 are 39,979,\nTestudo's n/a. ");
	written_has(&w, "io-peer.md", "`host` is 99.5, with");
	written_end(&w);
	json_decref(object);
}
END_TEST

/* 1,000 exits, of which nine are too few to be named. */
START_TEST(a_page_says_who_takes_interrupts)
{
	json_t *object = quoted_json(
		"{'experiment':'eli','runs':["
		"{'name':'L1-exits','level':'L1','l0':'testudo','operations':['nginx','stream'],'"
		"events':["
		"{'t':'boot','knobs':{'tsc_khz':1000000}},"
		"{'t':'measure','level':1,'id':119,'iterations':1,'elapsed':1000000,'charged':0,"
		"'ticks':{'l0':250000,'l1':750000,'l2':0},'exits':["
		"{'level':1,'reason':'EXTERNAL_INTERRUPT','count':400,'ticks':1},"
		"{'level':1,'reason':'CPUID','count':9,'ticks':1},"
		"{'level':1,'reason':'WRMSR','count':591,'ticks':1}]},"
		"{'t':'sample','level':'L1','id':119,'requests':100,'interrupts':500,'iterations':"
		"1,"
		"'ticks_min':1000000,'ticks_sum':1000000,'ticks_max':1000000}]},"
		"{'name':'timeless','level':'L1','l0':'kvm','operations':['nginx'],'events':["
		"{'t':'measure','level':1,'id':119,'iterations':1,'exits':["
		"{'level':1,'reason':'HLT','count':3},{'level':1,'reason':'MSR_WRITE','count':1}]},"
		"{'t':'sample','level':'L1','id':119,'iterations':1}]}]}");
	struct written w;

	written_begin(&w);
	ck_assert(ways_page(&w.result, object));
	written_commit(&w);
	written_has(&w, "eli.md", "| nginx | timeless | L1 HLT 75 %, L1 MSR_WRITE 25 % |\n");
	written_has(&w, "eli.md",
		    "| nginx | L1-exits | L1 EXTERNAL_INTERRUPT 400000, L1 WRMSR 591000 |\n");
	written_has(&w, "eli.md", "| L1-exits |  | 100000.000 | 75.000 | 75.000 |");
	written_has(&w, "eli.md", " | 500000.000 | 400000.000 | 1000000.000 | 2.000 |\n");
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
	written_has(&w, "goals.csv", ",ticks_min,2999,n/a,3000,missed,");
	written_has(&w, "goals.csv", ",sidecore_busy,3,n/a,2.500,met,");
	written_has(&w, "goals.csv", ",window_max,399,n/a,400,missed,");
	written_has(&w, "goals.csv", ",window_foreign,0,n/a,0,met,");
	written_has(&w, "goals.csv", ",window_wrong,0,n/a,n/a,n/a,");
	written_has(&w, "comparison.csv", ",ticks_mean,3.000,2.000,-1.000,-33.3,it\n");
	written_has(&w, "comparison.csv",
		    "\nstream 64,trap,testudo,n/a,n/a,mbit_s,1000.000,2000.000,");
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
	tcase_add_loop_test(tests, an_idle_l1_is_taken_at_its_word, 0, 3);
	tcase_add_loop_test(tests, a_server_has_requests_and_interrupts, 0,
			    sizeof(served) / sizeof(served[0]));
	tcase_add_test(tests, bare_of_l2_is_without_l1_too);
	tcase_add_test(tests, a_line_for_each_run_and_size);
	tcase_add_test(tests, a_page_has_numbers_in_its_words);
	tcase_add_test(tests, a_page_says_who_takes_interrupts);
	tcase_add_test(tests, goals_and_published_numbers_have_a_size);
	suite_add_tcase(suite, tests);
	return suite;
}
