// SPDX-License-Identifier: Apache-2.0
// What of the I/O programs needs no peer: samples, their percentiles, and their line.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "samples.h"

static struct samples with(const uint64_t *ticks, size_t count)
{
	struct samples s;

	ck_assert(samples_make(&s, "udp-rr", count));
	for (size_t i = 0; i < count; i++)
		samples_add(&s, ticks[i]);
	return s;
}

START_TEST(a_name_that_no_row_has_and_no_samples_are_refused)
{
	struct samples s;

	ck_assert(!samples_make(&s, "udp", 10));
	ck_assert(!samples_make(&s, "udp-rr", 0));
	ck_assert(!samples_make(&s, "udp-rr", 1ul << 60));
	ck_assert(samples_make(&s, "blk-lat", 1));
	ck_assert_uint_eq(s.id, 112);
	free(s.ticks);
}
END_TEST

START_TEST(more_samples_than_there_is_room_for_are_left_out)
{
	struct samples s = with((uint64_t[]){3, 1}, 2);

	samples_add(&s, 2);
	ck_assert_uint_eq(s.count, 2);
	free(s.ticks);
}
END_TEST

START_TEST(percentiles_are_by_nearest_rank)
{
	struct samples s = with((uint64_t[]){50, 15, 40, 20, 35}, 5);

	ck_assert_uint_eq(samples_percentile(&s, 50), 35);
	ck_assert_uint_eq(samples_percentile(&s, 99), 50);
	ck_assert_uint_eq(samples_percentile(&s, 40), 20);
	ck_assert_uint_eq(samples_percentile(&s, 41), 35);
	ck_assert_uint_eq(samples_percentile(&s, 0), 15);
	free(s.ticks);
}
END_TEST

START_TEST(a_line_says_it_all)
{
	static struct line line;
	struct samples s = with((uint64_t[]){9, 2, 4}, 3);

	samples_fact(&s, "bytes", 64);
	samples_fact(&s, "message", 16);
	samples_line(&s, &line, "L2");
	ck_assert_str_eq(
		line.text,
		"{\"t\":\"sample\",\"level\":\"L2\",\"operation\":\"udp-rr\",\"id\":110,"
		"\"bytes\":64,\"message\":16,\"ticks_p50\":4,\"ticks_p99\":9,\"iterations\":3,"
		"\"ticks_min\":2,\"ticks_sum\":15,\"ticks_max\":9,"
		"\"hist\":[[1,1],[2,1],[3,1]]}\n");
	free(s.ticks);
}
END_TEST

START_TEST(a_line_has_room_for_some_facts_and_no_more)
{
	static struct line line;
	struct samples s = with((uint64_t[]){1}, 1);

	samples_line(&s, &line, "L1");
	ck_assert_ptr_null(strstr(line.text, "bytes"));
	for (int i = 0; i < SAMPLES_FACTS; i++)
		samples_fact(&s, "bytes", 1);
	samples_fact(&s, "more", 1);
	samples_line(&s, &line, "L1");
	ck_assert_ptr_nonnull(strstr(line.text, "bytes"));
	ck_assert_ptr_null(strstr(line.text, "more"));
	free(s.ticks);
}
END_TEST

START_TEST(idle_is_what_the_kernel_says)
{
	static const char *const text[] = {
		"  .nr_hangs       : 0\n  .idle_sleeptime : 12000000000 nsecs\n"
		"  .iowait_sleeptime: 7 nsecs\n\ncpu: 1\n  .idle_sleeptime : 3 nsecs\n",
		"cpu: 0\n .idle_jiffies   : 4\n"};
	static const uint64_t idle[] = {12000000010, UINT64_MAX};
	FILE *file = fmemopen((void *)(uintptr_t)text[_i], strlen(text[_i]), "r");

	ck_assert_uint_eq(samples_idle(file), idle[_i]);
	fclose(file);
}
END_TEST

START_TEST(interrupts_are_those_of_devices_on_all_processors)
{
	static const char text[] =
		"           CPU0       CPU1       \n"
		"   4:         20          0   IO-APIC   4-edge      ttyS0\n"
		"  25:       1000        300   PCI-MSI 49153-edge      virtio0-input.0\n"
		" LOC:      99999      88888   Local timer interrupts\n"
		" ERR:          7\n";
	FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

	ck_assert_uint_eq(samples_interrupts(file), 1320);
	fclose(file);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("io");
	TCase *tests = tcase_create("samples");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(tests, a_name_that_no_row_has_and_no_samples_are_refused);
	tcase_add_test(tests, more_samples_than_there_is_room_for_are_left_out);
	tcase_add_test(tests, percentiles_are_by_nearest_rank);
	tcase_add_test(tests, a_line_says_it_all);
	tcase_add_test(tests, a_line_has_room_for_some_facts_and_no_more);
	tcase_add_test(tests, interrupts_are_those_of_devices_on_all_processors);
	tcase_add_loop_test(tests, idle_is_what_the_kernel_says, 0, 2);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? 1 : 0;
}
