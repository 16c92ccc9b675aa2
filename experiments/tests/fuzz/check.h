/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For libFuzzer's targets, in place of Check's own header: what the unit tests share with them
 * asserts, and here that aborts, which is what libFuzzer looks for. Their tests are nobody's.
 */
#ifndef FUZZ_CHECK_H
#define FUZZ_CHECK_H

#include <stdlib.h>
#include <string.h>

typedef struct TCase TCase;

#define START_TEST(name) static __attribute__((unused)) void name(int _i __attribute__((unused)))
#define END_TEST

#define tcase_create(name)                         ((TCase *)0)
#define tcase_set_timeout(tcase, seconds)          ((void)(tcase))
#define tcase_add_test(tcase, name)                ((void)(tcase))
#define tcase_add_loop_test(tcase, name, from, to) ((void)(tcase))

#define ck_assert(condition)          ((condition) ? (void)0 : abort())
#define ck_abort_msg(...)             abort()
#define ck_assert_int_eq(a, b)        ck_assert((a) == (b))
#define ck_assert_uint_eq(a, b)       ck_assert((a) == (b))
#define ck_assert_uint_gt(a, b)       ck_assert((a) > (b))
#define ck_assert_uint_lt(a, b)       ck_assert((a) < (b))
#define ck_assert_uint_le(a, b)       ck_assert((a) <= (b))
#define ck_assert_ptr_nonnull(a)      ck_assert(a)
#define ck_assert_mem_eq(a, b, bytes) ck_assert(!memcmp(a, b, bytes))

#endif
