// SPDX-License-Identifier: Apache-2.0
#include "suites.h"

#include <string.h>

#include "measure/base64.h"

static char text[16];
static size_t used;

static void put(char c)
{
	ck_assert_uint_lt(used, sizeof(text) - 1);
	text[used++] = c;
	text[used] = '\0';
}

/* RFC 4648, section 10, and all 64 digits' ends. */
static const struct {
	const char *bytes, *text;
} cases[] = {
	{"", ""},
	{"f", "Zg=="},
	{"fo", "Zm8="},
	{"foo", "Zm9v"},
	{"foob", "Zm9vYg=="},
	{"fooba", "Zm9vYmE="},
	{"foobar", "Zm9vYmFy"},
	{"\xff\xff\xfe\x03", "///+Aw=="},
};

START_TEST(by_the_book)
{
	used = 0;
	text[0] = '\0';
	base64_encode((const uint8_t *)cases[_i].bytes, (uint32_t)strlen(cases[_i].bytes), put);
	ck_assert_str_eq(text, cases[_i].text);
}
END_TEST

TCase *base64_tests(void)
{
	TCase *tests = tcase_create("base64");

	tcase_add_loop_test(tests, by_the_book, 0, sizeof(cases) / sizeof(cases[0]));
	return tests;
}
