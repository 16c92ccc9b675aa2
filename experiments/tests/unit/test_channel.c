// SPDX-License-Identifier: Apache-2.0
#include "lib/channel.h"
#include "suites.h"

#include <stdlib.h>
#include <string.h>

struct seen {
	unsigned int lines, events;
	enum channel_kind last;
	uint64_t status;
};

static void count(void *context, const struct channel_event *event)
{
	struct seen *seen = context;

	seen->lines++;
	seen->last = event->kind;
	if (event->kind == CHANNEL_NOISE)
		return;
	ck_assert_ptr_nonnull(event->object);
	seen->events++;
	channel_number(event->object, "status", &seen->status);
}

/* Each line and what it is. */
static const struct {
	const char *line;
	enum channel_kind kind;
} lines[] = {
	{"{\"t\":\"boot\"}", CHANNEL_BOOT},
	{"{\"t\":\"measure\",\"id\":1}", CHANNEL_MEASURE},
	{"{\"t\":\"sample\",\"hist\":[[1,2]]}", CHANNEL_SAMPLE},
	{"{\"t\":\"skip\"}", CHANNEL_SKIP},
	{"{\"t\":\"error\"}", CHANNEL_ERROR},
	{"{\"t\":\"stop\",\"status\":3}", CHANNEL_STOP},
	{"{\"t\":\"end\"}", CHANNEL_END},
	{"a banner{\"t\":\"end\"}", CHANNEL_END},
	{"guest> {\"t\":\"sample\"}", CHANNEL_SAMPLE},
	{"guest> {\"t\":\"skip\"}", CHANNEL_SKIP},
	{"guest> {\"t\":\"error\"}", CHANNEL_ERROR},
	{"a bannerguest> words {\"t\":\"sample\"}", CHANNEL_SAMPLE},
	/* What only L0 may say. */
	{"guest> {\"t\":\"boot\"}", CHANNEL_NOISE},
	{"guest> {\"t\":\"measure\",\"id\":1}", CHANNEL_NOISE},
	{"guest> {\"t\":\"stop\",\"status\":0}", CHANNEL_NOISE},
	{"guest> {\"t\":\"end\"}", CHANNEL_NOISE},
	{"{\"t\":\"state\"}", CHANNEL_STATE},
	{"guest> {\"t\":\"state\"}", CHANNEL_NOISE},
	{"{\"t\":\"net\"}", CHANNEL_NET},
	{"{\"t\":\"polling\"}", CHANNEL_POLLING},
	{"{\"t\":\"iommu\"}", CHANNEL_IOMMU},
	{"{\"t\":\"window\"}", CHANNEL_WINDOW},
	{"{\"t\":\"delay\"}", CHANNEL_DELAY},
	{"guest> {\"t\":\"window\"}", CHANNEL_NOISE},
	{"guest> {\"t\":\"net\"}", CHANNEL_NOISE},
	{"{\"t\":\"disk\"}", CHANNEL_DISK},
	{"guest> {\"t\":\"disk\"}", CHANNEL_NOISE},
	{"a bannerguest> {\"t\":\"stop\"}", CHANNEL_NOISE},
	{"guest> \r{\"t\":\"stop\"}", CHANNEL_NOISE},
	{"guest> guest> {\"t\":\"stop\"}", CHANNEL_NOISE},
	{"guest> words {\"t\":\"stop\"}", CHANNEL_NOISE},
	/* A mark inside of L0's own object is a word of it. */
	{"{\"t\":\"stop\",\"detail\":\"guest> \"}", CHANNEL_STOP},
	{"", CHANNEL_NOISE},
	{"{\"t\":", CHANNEL_NOISE},
	{"{\"t\":\"stop\"", CHANNEL_NOISE},
	{"{\"t\":\"stop\"} and more", CHANNEL_NOISE},
	{"{\"t\":\"unheard-of\"}", CHANNEL_NOISE},
	{"{\"t\":7}", CHANNEL_NOISE},
	{"{\"t\":null}", CHANNEL_NOISE},
	{"{\"t\":\"stop\",\"t\":\"end\"}", CHANNEL_NOISE},
	{"{\"t\":\"stop\",\"status\":99999999999999999999}", CHANNEL_NOISE},
	{"[\"t\"]", CHANNEL_NOISE},
	{"{\"t\":\"\xff\xfe\"}", CHANNEL_NOISE},
};

START_TEST(each_line_has_its_kind)
{
	struct channel_event event;

	channel_parse(lines[_i].line, &event);
	ck_assert_int_eq(event.kind, lines[_i].kind);
	ck_assert(!event.object == (event.kind == CHANNEL_NOISE));
	json_decref(event.object);
}
END_TEST

/* Whose a line is, or about which machine. */
static const struct {
	const char *line;
	enum channel_kind kind;
	unsigned machine;
} owners[] = {
	{"{\"t\":\"stop\"}", CHANNEL_STOP, 0},
	{"{\"t\":\"stop\",\"machine\":0}", CHANNEL_STOP, 0},
	{"{\"t\":\"stop\",\"machine\":1}", CHANNEL_STOP, 1},
	{"{\"t\":\"measure\",\"machine\":1}", CHANNEL_MEASURE, 1},
	{"neighbour> {\"t\":\"sample\"}", CHANNEL_SAMPLE, 1},
	{"a bannerneighbour> words {\"t\":\"sample\"}", CHANNEL_SAMPLE, 1},
	/* The first mark is L0's. */
	{"guest> neighbour> {\"t\":\"sample\"}", CHANNEL_SAMPLE, 0},
	{"neighbour> guest> {\"t\":\"sample\"}", CHANNEL_SAMPLE, 1},
	{"guest> {\"t\":\"sample\",\"machine\":1}", CHANNEL_SAMPLE, 0},
	{"neighbour> {\"t\":\"sample\",\"machine\":0}", CHANNEL_SAMPLE, 1},
	{"neighbour> {\"t\":\"stop\",\"machine\":0}", CHANNEL_NOISE, 1},
	{"neighbour> guest> {\"t\":\"measure\"}", CHANNEL_NOISE, 1},
};

START_TEST(each_line_has_its_machine)
{
	struct channel_event event;

	channel_parse(owners[_i].line, &event);
	ck_assert_int_eq(event.kind, owners[_i].kind);
	ck_assert_uint_eq(event.machine, owners[_i].machine);
	json_decref(event.object);
}
END_TEST

START_TEST(marks_of_inner_l0s_are_passed_over)
{
	unsigned machine = 7;
	const char *end;

	ck_assert_str_eq(channel_mark("x guest> guest> a", &machine, &end), "guest> guest> a");
	ck_assert_uint_eq(machine, 0);
	ck_assert_str_eq(end, "a");
	ck_assert_ptr_nonnull(channel_mark("neighbour> guest> a", &machine, &end));
	ck_assert_uint_eq(machine, 1);
	ck_assert_str_eq(end, "a");
	ck_assert_ptr_null(channel_mark("guest>a", &machine, &end));
}
END_TEST

START_TEST(lines_are_put_together_from_bytes)
{
	static const char text[] = "noise\r\n{\"t\":\"stop\",\"status\":5}\n\n{\"t\":\"end\"}";
	struct channel_reader reader = {0};
	struct seen seen = {0};

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		channel_feed(&reader, text + i, 1, count, &seen);
	ck_assert_uint_eq(seen.lines, 3);
	ck_assert_uint_eq(seen.status, 5);
	channel_finish(&reader, count, &seen);
	ck_assert_uint_eq(seen.events, 2);
	ck_assert_int_eq(seen.last, CHANNEL_END);
}
END_TEST

START_TEST(a_line_without_end_is_bounded)
{
	struct channel_reader reader = {0};
	struct seen seen = {0};
	char block[4096];

	memset(block, 'x', sizeof(block));
	for (size_t i = 0; i < 2 * CHANNEL_LINE_MAX / sizeof(block); i++)
		channel_feed(&reader, block, sizeof(block), count, &seen);
	channel_feed(&reader, "\n{\"t\":\"end\"}\n", 13, count, &seen);
	ck_assert_uint_eq(seen.lines, 2);
	ck_assert_uint_eq(seen.events, 1);
	channel_finish(&reader, count, &seen);
}
END_TEST

START_TEST(random_bytes_are_noise)
{
	struct channel_reader reader = {0};
	struct seen seen = {0};
	char block[4096];

	srandom(1);
	for (int round = 0; round < 100; round++) {
		for (size_t i = 0; i < sizeof(block); i++)
			block[i] = (char)random();
		channel_feed(&reader, block, sizeof(block), count, &seen);
	}
	channel_finish(&reader, count, &seen);
	ck_assert_uint_eq(seen.events, 0);
	ck_assert_uint_gt(seen.lines, 100);
}
END_TEST

START_TEST(fields_of_the_wrong_type_are_missing)
{
	json_t *object = json_loads("{\"a\":-1,\"b\":\"1\",\"c\":1.5,\"d\":[1],\"e\":7}", 0, NULL);
	uint64_t value = 42;

	ck_assert(!channel_number(object, "a", &value));
	ck_assert(!channel_number(object, "b", &value));
	ck_assert(!channel_number(object, "c", &value));
	ck_assert(!channel_number(object, "d", &value));
	ck_assert(!channel_number(object, "none", &value));
	ck_assert(!channel_number(NULL, "a", &value));
	ck_assert_uint_eq(value, 42);
	ck_assert(channel_number(object, "e", &value));
	ck_assert_uint_eq(value, 7);
	ck_assert_str_eq(channel_text(object, "e", "none"), "none");
	ck_assert_str_eq(channel_text(object, "b", "none"), "1");
	json_decref(object);
}
END_TEST

Suite *channel_suite(void)
{
	Suite *suite = suite_create("channel");
	TCase *tests = tcase_create("channel");

	tcase_add_loop_test(tests, each_line_has_its_kind, 0, sizeof(lines) / sizeof(lines[0]));
	tcase_add_loop_test(tests, each_line_has_its_machine, 0,
			    sizeof(owners) / sizeof(owners[0]));
	tcase_add_test(tests, marks_of_inner_l0s_are_passed_over);
	tcase_add_test(tests, lines_are_put_together_from_bytes);
	tcase_add_test(tests, a_line_without_end_is_bounded);
	tcase_add_test(tests, random_bytes_are_noise);
	tcase_add_test(tests, fields_of_the_wrong_type_are_missing);
	suite_add_tcase(suite, tests);
	return suite;
}
