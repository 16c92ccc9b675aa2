// SPDX-License-Identifier: Apache-2.0
#include "engines/stamp.h"
#include "suites.h"

#include <string.h>

#define SUM "78f6c73d4a6472d5130a87ab9dc306d02c7c71ed8e25b3a8ef642e2a7acd282b"

/* What another host would say otherwise is not in it. */
START_TEST(an_engine_by_what_it_is_made_of)
{
	json_t *source = stamp_read("tarball " SUM "\n" SUM "  01-a.patch\n" SUM "  02-b.patch\n"
				    "configure --enable-x86-64 --enable-vmx=2\ncflags -O3\n"
				    "processor 0123456789abcdef\n");
	json_t *wanted =
		json_loads("{\"tarball\":\"" SUM "\",\"configure\":"
			   "\"--enable-x86-64 --enable-vmx=2\",\"cflags\":\"-O3\","
			   "\"patches\":{\"01-a.patch\":\"" SUM "\",\"02-b.patch\":\"" SUM "\"}}",
			   0, NULL);

	ck_assert_ptr_nonnull(wanted);
	ck_assert(json_equal(source, wanted));
	json_decref(source);
	json_decref(wanted);
}
END_TEST

START_TEST(a_stamp_without_a_source)
{
	ck_assert_ptr_null(stamp_read(""));
	ck_assert_ptr_null(stamp_read("processor x\n" SUM "  01-a.patch\n"));
	ck_assert_ptr_null(stamp_read("tarball"));
}
END_TEST

Suite *stamp_suite(void)
{
	Suite *suite = suite_create("stamp");
	TCase *tests = tcase_create("stamp");

	tcase_add_test(tests, an_engine_by_what_it_is_made_of);
	tcase_add_test(tests, a_stamp_without_a_source);
	suite_add_tcase(suite, tests);
	return suite;
}
