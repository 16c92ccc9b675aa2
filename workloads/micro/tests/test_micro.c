// SPDX-License-Identifier: Apache-2.0
// What of micro needs no machine: lines, histogram, command line, and the measuring loop.
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cpus.h"
#include "histogram.h"
#include "line.h"
#include "measure.h"
#include "operations.h"
#include "options.h"

static uint64_t calls, fail_at;

// Threads stand for CPUs.
static unsigned int cpus;
static _Thread_local unsigned int own_number;
static pthread_barrier_t meeting;
static void (*work)(unsigned int cpu);

unsigned int cpus_count(void)
{
	return cpus;
}

unsigned int cpu_number(void)
{
	return own_number;
}

void cpus_meet(void)
{
	pthread_barrier_wait(&meeting);
}

static void *work_of(void *number)
{
	own_number = (unsigned int)(uintptr_t)number;
	work(own_number);
	return NULL;
}

void cpus_run(void (*job)(unsigned int cpu))
{
	pthread_t threads[CPUS_MAX];

	work = job;
	pthread_barrier_init(&meeting, NULL, cpus);
	for (uintptr_t i = 0; i < cpus; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work_of, (void *)i), 0);
	for (unsigned int i = 0; i < cpus; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&meeting);
}

static bool counted(uint64_t *ticks)
{
	*ticks = ++calls;
	return calls != fail_at;
}

// Each CPU's samples show whose they are.
static bool counted_apart(uint64_t *ticks)
{
	*ticks = own_number * 100 + 1;
	return own_number + 1 != fail_at;
}

// No two at a time, and every CPU for itself.
static const char *one_by_one(void)
{
	static unsigned int inside;
	unsigned int others = __atomic_fetch_add(&inside, 1, __ATOMIC_SEQ_CST);

	__atomic_fetch_add(&calls, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_sub(&inside, 1, __ATOMIC_SEQ_CST);
	return others == 0 ? NULL : "two at a time";
}

static const char *absent(void)
{
	return "not \"here\"";
}

static void tell_more(struct line *line, uint64_t count)
{
	line_count(line, "more", 10 * count);
}

// A table of the tests' own, in place of the one with the machine's operations.
const struct operation operations[] = {
	{1, "first", 8, always, counted, "counts", 1, false, NULL},
	{2, "second", 8, absent, counted, "is not there", 1, false, NULL},
	{12, "third-one", 4, always, counted, "counts", 1, false, NULL},
	{20, "apart", 3, one_by_one, counted_apart, "on each", 1, false, NULL},
	{21, "pairs", 3, one_by_one, counted_apart, "between two", 2, false, NULL},
	{22, "named", 3, always, counted, "only when asked for", 1, true, tell_more},
};
const size_t operation_count = sizeof(operations) / sizeof(operations[0]);

static char sent[20000], said[20000];

static void keep_sent(struct line *line)
{
	strcat(strcat(sent, line->text), "\n");
}

static void keep_said(struct line *line)
{
	strcat(strcat(said, line->text), "\n");
}

static void setup(void)
{
	calls = fail_at = 0;
	cpus = 1;
	sent[0] = said[0] = '\0';
}

START_TEST(buckets)
{
	struct histogram h;

	histogram_clear(&h);
	for (uint64_t v = 0; v < 5; v++)
		histogram_add(&h, v);
	histogram_add(&h, UINT64_MAX);
	ck_assert_uint_eq(h.bucket[0], 2);
	ck_assert_uint_eq(h.bucket[1], 2);
	ck_assert_uint_eq(h.bucket[2], 1);
	ck_assert_uint_eq(h.bucket[63], 1);
	ck_assert_uint_eq(h.count, 6);
	ck_assert_uint_eq(h.min, 0);
	ck_assert_uint_eq(h.max, UINT64_MAX);
}
END_TEST

START_TEST(line_pieces)
{
	struct line *line = calloc(1, sizeof(*line));

	line_text(line, "{");
	line_pair(line, "t", "a\"b\\c\n");
	line_count(line, "n", UINT64_MAX);
	line_text(line, "} ");
	line_hex(line, 0xfee00900);
	ck_assert_str_eq(line->text, "{\"t\":\"a b c \",\"n\":18446744073709551615} 0xfee00900");
	for (int i = 0; i < 10000; i++)
		line_text(line, "x");
	ck_assert_uint_eq(strlen(line->text), sizeof(line->text) - 1);
	free(line);
}
END_TEST

START_TEST(sample)
{
	struct options options;

	ck_assert(options_parse(&options, "level=L2 ops=first verbose"));
	ck_assert(measure_all(&options, keep_sent, keep_said));
	// 16 iterations of warm-up, so the samples are 17 to 24.
	ck_assert_str_eq(sent,
			 "{\"t\":\"sample\",\"level\":\"L2\",\"operation\":\"first\",\"id\":1,"
			 "\"iterations\":8,\"ticks_min\":17,\"ticks_sum\":164,\"ticks_max\":24,"
			 "\"hist\":[[4,8]]}\n");
	ck_assert_str_eq(said, "micro: L2 first: 17 ticks at least, 20 on average of 8 (counts)\n");
}
END_TEST

START_TEST(absent_operation)
{
	struct options options;

	ck_assert(options_parse(&options, "level=bare ops=second"));
	ck_assert(measure_all(&options, keep_sent, keep_said));
	ck_assert_str_eq(sent,
			 "{\"t\":\"skip\",\"level\":\"bare\",\"operation\":\"second\",\"id\":2,"
			 "\"why\":\"not  here \"}\n");
	ck_assert_uint_eq(calls, 0);
}
END_TEST

START_TEST(failure)
{
	struct options options;

	fail_at = 20;
	ck_assert(options_parse(&options, "level=L1"));
	ck_assert(!measure_all(&options, keep_sent, keep_said));
	ck_assert_ptr_nonnull(strstr(sent, "{\"t\":\"error\",\"operation\":\"first\",\"id\":1,"));
	ck_assert_ptr_nonnull(
		strstr(sent, "\"operation\":\"third-one\",\"id\":12,\"iterations\":4,"));
	ck_assert_str_eq(said, "");
}
END_TEST

// A failure during the warm-up leaves no sample to divide by.
START_TEST(failure_at_once)
{
	struct options options;

	fail_at = 1;
	ck_assert(options_parse(&options, "level=L1 ops=first verbose"));
	ck_assert(!measure_all(&options, keep_sent, keep_said));
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(every_cpu)
{
	struct options options;

	cpus = 3;
	ck_assert(options_parse(&options, "level=L1 ops=apart verbose"));
	ck_assert(measure_all(&options, keep_sent, keep_said));
	ck_assert_str_eq(
		sent, "{\"t\":\"sample\",\"level\":\"L1\",\"operation\":\"apart\",\"id\":20,"
		      "\"cpu\":0,\"iterations\":3,\"ticks_min\":1,\"ticks_sum\":3,\"ticks_max\":1,"
		      "\"hist\":[[0,3]]}\n"
		      "{\"t\":\"sample\",\"level\":\"L1\",\"operation\":\"apart\",\"id\":20,"
		      "\"cpu\":1,\"iterations\":3,\"ticks_min\":101,\"ticks_sum\":303,"
		      "\"ticks_max\":101,\"hist\":[[6,3]]}\n"
		      "{\"t\":\"sample\",\"level\":\"L1\",\"operation\":\"apart\",\"id\":20,"
		      "\"cpu\":2,\"iterations\":3,\"ticks_min\":201,\"ticks_sum\":603,"
		      "\"ticks_max\":201,\"hist\":[[7,3]]}\n");
	ck_assert_uint_eq(calls, 3);
}
END_TEST

// The third has no partner, the second only answers.
START_TEST(named)
{
	struct options options;

	ck_assert(options_parse(&options, "level=L1 ops=named"));
	ck_assert(measure_all(&options, keep_sent, keep_said));
	ck_assert_ptr_nonnull(strstr(sent, "\"named\",\"id\":22,\"more\":30,\"iterations\":3,"));
}
END_TEST

START_TEST(pairs)
{
	struct options options;

	cpus = 3;
	ck_assert(options_parse(&options, "level=L1 ops=pairs"));
	ck_assert(measure_all(&options, keep_sent, keep_said));
	ck_assert_ptr_nonnull(strstr(sent, "\"cpu\":0,"));
	ck_assert_ptr_null(strstr(sent, "\"cpu\":1,"));
	ck_assert_ptr_null(strstr(sent, "\"cpu\":2,"));
}
END_TEST

START_TEST(failure_of_one_cpu)
{
	struct options options;

	cpus = 2;
	fail_at = 2;
	ck_assert(options_parse(&options, "level=L1 ops=apart"));
	ck_assert(!measure_all(&options, keep_sent, keep_said));
	ck_assert_ptr_nonnull(strstr(sent, "\"cpu\":0,"));
	ck_assert_ptr_nonnull(strstr(sent, "{\"t\":\"error\",\"operation\":\"apart\","));
}
END_TEST

// Operations for two are no part of all operations on one.
START_TEST(alone)
{
	struct options options;

	ck_assert(options_parse(&options, "level=L1"));
	ck_assert(measure_all(&options, keep_sent, keep_said));
	ck_assert_ptr_nonnull(strstr(sent, "\"apart\""));
	ck_assert_ptr_null(strstr(sent, "\"pairs\""));
	ck_assert_ptr_null(strstr(sent, "\"named\""));
	ck_assert_ptr_null(strstr(sent, "\"cpu\""));
}
END_TEST

START_TEST(words)
{
	struct options options;

	ck_assert(options_parse(&options, ""));
	ck_assert_uint_eq(options.operations, UINT64_MAX);
	ck_assert_uint_eq(options.iterations, 0);
	ck_assert_uint_eq(options.cpus, 1);
	ck_assert_int_eq(options.end, END_DEBUG_EXIT);
	ck_assert(options_parse(&options, "/boot/micro.elf  n=25 ops=first,third-one end=halt"));
	ck_assert_uint_eq(options.operations, 1u << 1 | 1u << 12);
	ck_assert_uint_eq(options.iterations, 25);
	ck_assert_int_eq(options.end, END_HALT);
	ck_assert(options_parse(&options, "verbose level=bare end=poweroff cpus=8"));
	ck_assert(options.verbose);
	ck_assert_uint_eq(options.cpus, 8);
	ck_assert_int_eq(options.end, END_POWEROFF);
	ck_assert_str_eq(options.level, "bare");
}
END_TEST

static const char *const wrong[] = {
	"n=0",
	"n=",
	"n=4294967296",
	"n=99999999999999999999999",
	"n=1x",
	"n=-1",
	"cpus=0",
	"cpus=9",
	"cpus=",
	"cpus=12",
	"cpus=x",
	"ops=",
	"ops=firs",
	"ops=firstly",
	"ops=first,,second",
	"end=",
	"end=reboot",
	"level=L4",
	"level=",
	"k=v",
	"verbose other",
	"micro.elf other",
	"n=1 verbos",
};

START_TEST(wrong_words)
{
	struct options options;

	ck_assert(!options_parse(&options, wrong[_i]));
	ck_assert_str_ne(options.wrong, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("micro");
	TCase *all = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, setup, NULL);
	tcase_add_test(all, buckets);
	tcase_add_test(all, line_pieces);
	tcase_add_test(all, sample);
	tcase_add_test(all, absent_operation);
	tcase_add_test(all, failure);
	tcase_add_test(all, failure_at_once);
	tcase_add_test(all, every_cpu);
	tcase_add_test(all, named);
	tcase_add_test(all, pairs);
	tcase_add_test(all, failure_of_one_cpu);
	tcase_add_test(all, alone);
	tcase_add_test(all, words);
	tcase_add_loop_test(all, wrong_words, 0, sizeof(wrong) / sizeof(wrong[0]));
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
