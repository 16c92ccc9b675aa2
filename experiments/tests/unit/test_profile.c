// SPDX-License-Identifier: Apache-2.0
#include "lib/channel.h"
#include "lib/complain.h"
#include "lib/scratch.h"
#include "suites.h"
#include "tables/profile.h"
#include "tables/symbols.h"

#include <stdlib.h>
#include <string.h>

/* addr2line's answers: a plain function, one of a header inside of two, assembler, nobody's. */
static const char answers[] = "0x00100000\n"
			      "vcpu_exit\n./l0/loop/exit.c:29 (discriminator 2)\n"
			      "0x00100010\n"
			      "vmcs_read\n./l0/hw/vmcs_access.h:9\n"
			      "split\n./vmcs-merge/fields.def:3\n"
			      "save\n./vmcs-merge/reflect.c:50\n"
			      "reflect\n./l0/nested/reflect.c:70\n"
			      "0x00100020\n"
			      "vmx_exit\n./l0/loop/exit.S:7\n"
			      "0x00100030\n"
			      "??\n??:0\n"
			      "0x00100040\n";

static const struct {
	const char *function, *file, *in, *unit;
} places[] = {
	{"vcpu_exit", "l0/loop/exit.c", "vcpu_exit", "l0/loop/exit.c"},
	{"vmcs_read", "l0/hw/vmcs_access.h", "save", "vmcs-merge/reflect.c"},
	{"vmx_exit", "l0/loop/exit.S", "vmx_exit", "l0/loop/exit.S"},
	{"??", "??", "??", "??"},
	{"??", "??", "??", "??"}, /* the answer broke off */
};

START_TEST(instructions_belong_to_who_wrote_them_and_who_has_them)
{
	FILE *output = fmemopen((void *)answers, sizeof(answers) - 1, "r");
	json_t *found = json_array(), *place;

	symbols_parse(output, found);
	fclose(output);
	ck_assert_uint_eq(json_array_size(found), sizeof(places) / sizeof(places[0]));
	place = json_array_get(found, (size_t)_i);
	ck_assert_str_eq(channel_text(place, "function", "-"), places[_i].function);
	ck_assert_str_eq(channel_text(place, "file", "-"), places[_i].file);
	ck_assert_str_eq(channel_text(place, "in", "-"), places[_i].in);
	ck_assert_str_eq(channel_text(place, "unit", "-"), places[_i].unit);
	json_decref(found);
}
END_TEST

static json_t *runs_with(const char *ticks)
{
	char *text = text_format("[{\"events\":[{\"t\":\"measure\",\"ticks\":{\"l0\":1}},"
				 "{\"t\":\"profile\",\"exits\":2,\"stub\":33,\"ticks\":%s}]}]",
				 ticks);
	json_t *runs = json_loads(text, 0, NULL);

	free(text);
	ck_assert_ptr_nonnull(runs);
	return runs;
}

static const json_t *event_of(const json_t *runs, size_t i)
{
	return json_array_get(json_object_get(json_array_get(runs, 0), "events"), i);
}

/* A program without symbols: all addresses are of one place, and the stub has its own. */
START_TEST(addresses_become_functions)
{
	json_t *runs = runs_with("[[16,5],[32,7]]"), *functions;
	uint64_t ticks;

	ck_assert_int_eq(profile_resolve(runs, "/bin/true"), 0);
	functions = json_object_get(event_of(runs, 1), "functions");
	ck_assert_uint_eq(json_array_size(functions), 2);
	ck_assert_ptr_null(json_object_get(event_of(runs, 1), "ticks"));
	ck_assert(channel_number(json_array_get(functions, 0), "ticks", &ticks) && ticks == 66);
	ck_assert(channel_number(json_array_get(functions, 1), "ticks", &ticks) && ticks == 12);
	ck_assert_str_eq(channel_text(json_array_get(functions, 1), "function", ""), "??");
	/* What a measure line has under the same name is left alone. */
	ck_assert_ptr_nonnull(json_object_get(event_of(runs, 0), "ticks"));
	json_decref(runs);
}
END_TEST

static const struct {
	const char *ticks, *program;
} bad[] = {
	{"[[16,-5]]", "/bin/true"},
	{"[[0,5]]", "/bin/true"},
	{"[16,5]", "/bin/true"},
	{"[[\"a\",5]]", "/bin/true"},
	{"[[16,5]]", "/nonexistent/l0.elf"},
};

START_TEST(a_bad_profile_costs_one_line)
{
	json_t *runs = runs_with(bad[_i].ticks);

	quiet_begin();
	ck_assert_int_eq(profile_resolve(runs, bad[_i].program), STATUS_NO_RESULT);
	ck_assert_uint_eq(quiet_end(), 1);
	json_decref(runs);
}
END_TEST

/* Ten CPUIDs: of 60 ticks each, 33 are the stub's, 20 the counters', 7 outside of their stamps. */
#define MEASURE(ticks)                                                                             \
	"{\"t\":\"measure\",\"id\":1,\"level\":2,\"iterations\":10,\"exits\":[{\"level\":2,"       \
	"\"reason\":\"CPUID\",\"count\":6,\"ticks\":" ticks "},{\"level\":2,\"reason\":"           \
	"\"CPUID\",\"count\":4,\"ticks\":80}]}"

static const char object_text[] =
	"{\"runs\":[{\"level\":\"L2\",\"vmcs\":\"trap\",\"mmu\":\"mdp\",\"events\":[" MEASURE(
		"120") ","
		       "{\"t\":\"profile\",\"id\":1,\"level\":2,\"reason\":\"CPUID\",\"exits\":10,"
		       "\"missed\":0,\"stub\":33,\"functions\":["
		       "{\"function\":\"vmx_exit "
		       "(stub)\",\"file\":\"exit.S\",\"in\":\"vmx_exit (stub)\",\"unit\":"
		       "\"exit.S\",\"ticks\":330},"
		       "{\"function\":\"vmcs_read\",\"file\":\"vmcs_access.h\",\"in\":\"save\","
		       "\"unit\":\"reflect.c\",\"ticks\":270}]},"
		       "{\"t\":\"profile\",\"id\":1,\"level\":1,\"reason\":\"WRMSR\",\"exits\":1,"
		       "\"missed\":0,\"stub\":33,\"functions\":["
		       "{\"function\":\"f\",\"file\":\"f.c\",\"in\":\"f\",\"unit\":\"f.c\","
		       "\"ticks\":40}]}]},"
		       "{\"level\":\"L2\",\"vmcs\":\"trap\",\"mmu\":\"mdp\",\"events\":[" MEASURE(
			       "121") "]}]}";

static const struct {
	const char *file, *line;
} expected[] = {
	{"profile.csv", "trap,mdp,L2,cpuid,2,CPUID,10,vmcs_read,vmcs_access.h,save,reflect.c,"
			"27.000,27.000\n"},
	{"profile.csv", "trap,mdp,L2,cpuid,1,WRMSR,1,f,f.c,f,f.c,40.000,4.000\n"},
	{"sums.csv", "trap,mdp,L2,cpuid,2,CPUID,10,270,10,200,10,201,7.000,33,0\n"},
	/* No counter has it, so nothing can be said of its time stamps. */
	{"sums.csv", "trap,mdp,L2,cpuid,1,WRMSR,1,7,n/a,n/a,n/a,n/a,n/a,33,0\n"},
	/* What one of ten operations had is not in the figure. */
	{"figure.dat", "exit\texit.S\treflect.c\tother files\n"
		       "trap: L2 CPUID\t33.000\t27.000\t0.000\n"},
};

START_TEST(kinds_become_tables)
{
	char *top = scratch_make(), *target = text_format("%s/result", top), *path, *text;
	json_t *object = json_loads(object_text, 0, NULL);
	struct result result;

	ck_assert_ptr_nonnull(object);
	ck_assert(profile_present(object));
	ck_assert_int_eq(result_begin(&result, target), 0);
	ck_assert(profile_table(&result, object) && profile_sums(&result, object) &&
		  profile_figure(&result, object));
	ck_assert_int_eq(result_commit(&result), 0);
	path = text_format("%s/%s", target, expected[_i].file);
	text = file_read(path);
	ck_assert_ptr_nonnull(text);
	ck_assert_msg(strstr(text, expected[_i].line) != NULL, "%s lacks %s, has:\n%s", path,
		      expected[_i].line, text);
	json_decref(object);
	scratch_remove(top);
	free(text);
	free(path);
	free(target);
	free(top);
}
END_TEST

Suite *profile_suite(void)
{
	Suite *suite = suite_create("profile");
	TCase *tests = tcase_create("profile");

	tcase_add_loop_test(tests, instructions_belong_to_who_wrote_them_and_who_has_them, 0,
			    sizeof(places) / sizeof(places[0]));
	tcase_add_test(tests, addresses_become_functions);
	tcase_add_loop_test(tests, a_bad_profile_costs_one_line, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_loop_test(tests, kinds_become_tables, 0, sizeof(expected) / sizeof(expected[0]));
	suite_add_tcase(suite, tests);
	return suite;
}
