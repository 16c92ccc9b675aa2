// SPDX-License-Identifier: Apache-2.0
/* What L0's command line says of two machines. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "knobs.h"
#include "lib/print.h"
#include "lib/string.h"
#include "suites.h"

static struct settings settings;
static char last_line[200];
static unsigned said;

/* What the knobs need of L0's runtime. */
void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(last_line, sizeof(last_line), format, args);
	va_end(args);
	said++;
}

size_t string_copy(char *dst, const char *src, size_t size)
{
	return (size_t)snprintf(dst, size, "%s", src);
}

static void fresh(void)
{
	said = 0;
}

START_TEST(each_has_its_own)
{
	ck_assert(knobs_parse(&settings, "memory=64 neighbour=2  neighbour.memory=32 vmcs=trap "
					 "neighbour.vmcs=evmcs neighbour.vcpus=3"));
	ck_assert_uint_eq(settings.neighbour, 2);
	ck_assert_uint_eq(settings.machine[0].memory, 64);
	ck_assert_uint_eq(settings.machine[1].memory, 32);
	ck_assert_str_eq(settings.machine[0].vmcs, "trap");
	ck_assert_str_eq(settings.machine[1].vmcs, "evmcs");
	ck_assert_uint_eq(settings.machine[0].vcpus, 1);
	ck_assert_uint_eq(settings.machine[1].vcpus, 3);
	ck_assert_uint_eq(said, 0);
}
END_TEST

START_TEST(alone_unless_said)
{
	ck_assert(knobs_parse(&settings, ""));
	ck_assert_uint_eq(settings.neighbour, 0);
	ck_assert_int_eq(
		memcmp(&settings.machine[0], &settings.machine[1], sizeof(settings.machine[0])), 0);
}
END_TEST

static const struct {
	const char *words, *says;
} wrong[] = {
	{"neighbour=0", "bad knob: neighbour=0 "},
	{"neighbour=", "bad knob: neighbour= "},
	{"neighbour=two", "bad knob: neighbour=two "},
	{"neighbour", "bad knob: neighbour "},
	{"neighbour=1 neighbour.", "bad knob: neighbour. "},
	{"neighbour=1 neighbour.memory", "bad knob: neighbour.memory "},
	{"neighbour=1 neighbour.memory=8", "bad knob: neighbour.memory=8 "},
	{"neighbour=1 neighbour.vmcs=none", "bad knob: neighbour.vmcs=none "},
	{"neighbour=1 neighbour.neighbour=1", "bad knob: neighbour.neighbour=1 "},
	{"neighbours=1", "bad knob: neighbours=1 "},
	{"neighbour=1 memory=8", "bad knob: memory=8 "},
	/* Even to what it is anyway. */
	{"neighbour.memory=1024", "neighbour=N"},
};

START_TEST(each_wrong_word_costs_a_line)
{
	ck_assert_msg(!knobs_parse(&settings, wrong[_i].words), "%s", wrong[_i].words);
	ck_assert_uint_eq(said, 1);
	ck_assert_ptr_nonnull(strstr(last_line, wrong[_i].says));
}
END_TEST

TCase *settings_cases(void)
{
	TCase *cases = tcase_create("settings");

	tcase_add_checked_fixture(cases, fresh, NULL);
	tcase_add_test(cases, each_has_its_own);
	tcase_add_test(cases, alone_unless_said);
	tcase_add_loop_test(cases, each_wrong_word_costs_a_line, 0,
			    sizeof(wrong) / sizeof(wrong[0]));
	return cases;
}
