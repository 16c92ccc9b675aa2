// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"
#include "engines/template.h"
#include "engines/terminal.h"
#include "lib/complain.h"
#include "lib/scratch.h"
#include "suites.h"

#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(struct request, name)
#define WORDS_MAX   4

static const struct option_row rows[] = {
	{"flag", OPTION_FLAG, FIELD(bare), NULL, "", 0, 0},
	{"text", OPTION_TEXT, FIELD(engine), "T", "", 0, 0},
	{"words", OPTION_WORDS, FIELD(append), "W", "", 0, 0},
	{"file", OPTION_FILE, FIELD(kernel), "F", "", 0, 0},
	{"number", OPTION_NUMBER, FIELD(cpus), "N", "", 1, 8},
	{"set", OPTION_SETTING, FIELD(settings), "K=V", "", 0, 0},
	{"place", OPTION_PLACE, FIELD(out), "F", "", 0, 0},
	{"memory", OPTION_KNOB, 0, "N", "", 16, 64},
	{"initrd", OPTION_MODULE, FIELD(modules), "F", "", 0, 0},
	{0},
};

static const struct command command = {.name = "command", .subject = "NAME", .options = rows};

static const struct {
	const char *words[WORDS_MAX];
	int status;
} lines[] = {
	{{"name"}, 0},
	{{"name", "--flag"}, 0},
	{{"--number", "8", "name"}, 0},
	{{"--number=1", "name"}, 0},
	{{"name", "--words", ""}, 0},
	{{"name", "--words=a=b"}, 0},
	{{"name", "--file", "/dev/../etc/passwd"}, 0},
	{{"name", "--set", "a=b"}, 0},
	{{"name", "--place", "/tmp/none"}, 0},
	{{"name", "--memory", "16"}, 0},
	{{"name", "--memory=64"}, 0},
	{{"name", "--initrd", "/etc/passwd"}, 0},
	{{"name", "--initrd", "/etc/passwd a b"}, 0},
	{{NULL}, 2},
	{{""}, 2},
	{{"name", "other"}, 2},
	{{"name", "--"}, 2},
	{{"name", "--fla"}, 2},
	{{"name", "--flagg"}, 2},
	{{"name", "--flag=1"}, 2},
	{{"name", "--text"}, 2},
	{{"name", "--text", ""}, 2},
	{{"name", "--text="}, 2},
	{{"name", "--number", "0"}, 2},
	{{"name", "--number", "9"}, 2},
	{{"name", "--number", "18446744073709551617"}, 2},
	{{"name", "--number", "1 "}, 2},
	{{"name", "--file", "/nonexistent"}, 2},
	{{"name", "--file", "/tmp"}, 2},
	{{"name", "--place", "/nonexistent/x"}, 2},
	{{"name", "--place", "/tmp"}, 2},
	{{"name", "--memory", "15"}, 2},
	{{"name", "--initrd", "/nonexistent a"}, 2},
	{{"name", "--initrd", "/tmp a"}, 2},
};

static int parse(const char *const words[WORDS_MAX], struct request *request)
{
	char *copy[WORDS_MAX];
	int count = 0;

	for (; count < WORDS_MAX && words[count]; count++)
		copy[count] = (char *)words[count];
	return options_parse(&command, count, copy, request);
}

START_TEST(each_line_is_judged)
{
	struct request request = {0};
	int status;

	quiet_begin();
	status = parse(lines[_i].words, &request);
	ck_assert_uint_eq(quiet_end(), status ? 1 : 0);
	ck_assert_int_eq(status, lines[_i].status);
	options_release(&request);
}
END_TEST

START_TEST(values_land_in_their_fields)
{
	static const char *const words[WORDS_MAX] = {"--number=3", "--text=x", "subject", "--flag"};
	struct request request = {0};

	ck_assert_int_eq(parse(words, &request), 0);
	ck_assert_uint_eq(request.cpus, 3);
	ck_assert_str_eq(request.engine, "x");
	ck_assert_str_eq(request.subject, "subject");
	ck_assert(request.bare);
}
END_TEST

START_TEST(settings_are_bounded)
{
	char *words[2 * REPEATED_MAX + 3];
	struct request request = {0};

	for (int i = 0; i < REPEATED_MAX + 1; i++) {
		words[2 * i] = (char *)"--set";
		words[2 * i + 1] = (char *)"a=b";
	}
	quiet_begin();
	ck_assert_int_eq(options_parse(&command, 2 * REPEATED_MAX + 2, words, &request), 2);
	ck_assert_uint_eq(quiet_end(), 1);
}
END_TEST

/* Each one's words are its own; a knob's own name is a setting. */
START_TEST(modules_and_knobs_in_their_order)
{
	char *words[] = {"name", "--initrd",  "/etc/passwd a b",    "--memory",
			 "32",   "--set=x=y", "--initrd=/etc/group"};
	struct request request = {0};

	ck_assert_int_eq(options_parse(&command, 7, words, &request), 0);
	ck_assert_uint_eq(request.modules.count, 2);
	ck_assert_str_eq(request.modules.word[0], "/etc/passwd a b");
	ck_assert_str_eq(request.modules.word[1], "/etc/group");
	ck_assert_uint_eq(request.settings.count, 2);
	ck_assert_str_eq(request.settings.word[0], "memory=32");
	ck_assert_str_eq(request.settings.word[1], "x=y");
	options_release(&request);
}
END_TEST

START_TEST(templates_are_filled)
{
	static const struct template_word words[] = {{"A", "one"}, {"B_2", ""}, {NULL, NULL}};
	char *directory = scratch_make();
	char *source = text_format("%s/in", directory), *target = text_format("%s/out", directory);
	char *text;

	ck_assert(file_write(source, "# @NOT@\nx=@A@,@B_2@ a@b @ @A @@A@\n"));
	ck_assert_int_eq(template_fill(source, words, target), 0);
	text = file_read(target);
	ck_assert_str_eq(text, "x=one, a@b @ @A @one\n");
	free(text);
	ck_assert(file_write(source, "@UNKNOWN@\n"));
	quiet_begin();
	ck_assert_int_ne(template_fill(source, words, target), 0);
	ck_assert_uint_eq(quiet_end(), 1);
	scratch_remove(directory);
	free(directory);
	free(source);
	free(target);
}
END_TEST

START_TEST(the_escape_is_taken_out)
{
	struct escape escape = {.active = true};
	char keys[] = "a\001\001b\001cd\001";
	bool quit = false;
	size_t kept = escape_filter(&escape, keys, sizeof(keys) - 1, &quit);

	ck_assert_uint_eq(kept, 5);
	ck_assert_mem_eq(keys, "a\001bcd", 5);
	ck_assert(!quit);
	ck_assert_uint_eq(escape_filter(&escape, (char[]){'x'}, 1, &quit), 0);
	ck_assert(quit);
}
END_TEST

START_TEST(an_escape_asks_once)
{
	struct escape escape = {.active = true};
	bool quit = false;

	ck_assert(!escape_asked(&escape));
	ck_assert_uint_eq(escape_filter(&escape, (char[]){'d', '\001'}, 2, &quit), 1);
	ck_assert(!escape_asked(&escape));
	ck_assert_uint_eq(escape_filter(&escape, (char[]){'d'}, 1, &quit), 0);
	ck_assert(escape_asked(&escape) && !escape_asked(&escape) && !quit);
}
END_TEST

START_TEST(a_pipe_has_no_escape)
{
	struct escape escape = {.active = false};
	char keys[] = "\001x";
	bool quit = false;

	ck_assert_uint_eq(escape_filter(&escape, keys, 2, &quit), 2);
	ck_assert(!quit);
}
END_TEST

Suite *options_suite(void)
{
	Suite *suite = suite_create("options");
	TCase *tests = tcase_create("options");

	tcase_add_loop_test(tests, each_line_is_judged, 0, sizeof(lines) / sizeof(lines[0]));
	tcase_add_test(tests, values_land_in_their_fields);
	tcase_add_test(tests, settings_are_bounded);
	tcase_add_test(tests, modules_and_knobs_in_their_order);
	tcase_add_test(tests, templates_are_filled);
	tcase_add_test(tests, the_escape_is_taken_out);
	tcase_add_test(tests, an_escape_asks_once);
	tcase_add_test(tests, a_pipe_has_no_escape);
	suite_add_tcase(suite, tests);
	return suite;
}
