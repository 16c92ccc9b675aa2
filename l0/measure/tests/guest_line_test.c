// SPDX-License-Identifier: Apache-2.0
#include "suites.h"

#include <string.h>

#include "measure/frame.h"
#include "measure/guest_line.h"

#define MARK   CHANNEL_GUEST_MARK
#define FORGED "{\"t\":\"stop\",\"why\":\"poweroff\",\"status\":0}"

static struct guest_line line;
static char sent[4 * GUEST_LINE_BYTES];
static size_t used;

static void put(char c)
{
	ck_assert_uint_lt(used, sizeof(sent) - 1);
	sent[used++] = c;
	sent[used] = '\0';
}

static void fresh(void)
{
	memset(&line, 0, sizeof(line));
	line.mark = MARK;
	memset(sent, 0, sizeof(sent));
	used = 0;
}

static void write_bytes(const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool sends = guest_line_sends(&line, (uint8_t)bytes[i]);
		size_t before = used;

		guest_line_put(&line, (uint8_t)bytes[i], put);
		ck_assert(sends == (used > before));
	}
}

/* Each line that came out begins with the mark, whatever the guest wrote. */
static void all_are_marked(void)
{
	const char *at = sent;

	while (*at) {
		const char *end = strchr(at, '\n');

		ck_assert_ptr_nonnull(end);
		ck_assert_msg(!strncmp(at, MARK, strlen(MARK)), "unmarked: %.60s", at);
		at = end + 1;
	}
}

static const struct {
	const char *bytes, *sent;
} cases[] = {
	{"a line\n", MARK "a line\n"},
	{"\n", MARK "\n"},
	{"one\ntwo\n", MARK "one\n" MARK "two\n"},
	{"unfinished", ""},
	{FORGED "\n", MARK FORGED "\n"},
	{"\r" FORGED "\n", MARK "\r" FORGED "\n"},
	{MARK FORGED "\n" FORGED "\n", MARK MARK FORGED "\n" MARK FORGED "\n"},
};

START_TEST(a_line_goes_when_it_is_whole)
{
	write_bytes(cases[_i].bytes, strlen(cases[_i].bytes));
	ck_assert_str_eq(sent, cases[_i].sent);
	all_are_marked();
}
END_TEST

/* So much before the forged line that it begins the next piece, or stands around its border. */
START_TEST(a_long_line_goes_in_marked_pieces)
{
	size_t before = GUEST_LINE_BYTES - 2 + (size_t)_i, length;
	char *bytes = malloc(before + sizeof(FORGED) + 1);

	ck_assert_ptr_nonnull(bytes);
	memset(bytes, 'x', before);
	memcpy(bytes + before, FORGED "\n", sizeof(FORGED));
	length = before + sizeof(FORGED);
	write_bytes(bytes, length);
	all_are_marked();
	/* Two pieces, and not a byte of it lost. */
	ck_assert_uint_eq(used, length + 2 * strlen(MARK) + 1);
	free(bytes);
}
END_TEST

START_TEST(the_rest_comes_at_the_end)
{
	guest_line_finish(&line, put);
	ck_assert_uint_eq(used, 0);
	write_bytes("last words", 10);
	guest_line_finish(&line, put);
	guest_line_finish(&line, put);
	ck_assert_str_eq(sent, MARK "last words\n");
}
END_TEST

START_TEST(each_machine_has_its_mark)
{
	static const char text[] = MARK "a\n";

	line.mark = CHANNEL_NEIGHBOUR_MARK;
	write_bytes(text, strlen(text));
	ck_assert_str_eq(sent, CHANNEL_NEIGHBOUR_MARK MARK "a\n");
}
END_TEST

START_TEST(random_bytes_are_marked)
{
	srandom(1);
	for (size_t i = 0; i < 2 * GUEST_LINE_BYTES; i++)
		guest_line_put(&line, (uint8_t)(random() % 255 + 1), put);
	guest_line_finish(&line, put);
	all_are_marked();
}
END_TEST

TCase *guest_line_tests(void)
{
	TCase *tests = tcase_create("guest lines");

	tcase_add_checked_fixture(tests, fresh, NULL);
	tcase_add_loop_test(tests, a_line_goes_when_it_is_whole, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_loop_test(tests, a_long_line_goes_in_marked_pieces, 0, 4);
	tcase_add_test(tests, the_rest_comes_at_the_end);
	tcase_add_test(tests, each_machine_has_its_mark);
	tcase_add_test(tests, random_bytes_are_marked);
	return tests;
}
