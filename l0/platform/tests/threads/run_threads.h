/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_TESTS_RUN_THREADS_H
#define PLATFORM_TESTS_RUN_THREADS_H

#include <sys/personality.h>
#include <unistd.h>

#include "tests/run_cases.h"

/*
 * run_cases() of one, whose processes' status the sanitizer makes a failure. Some versions of it
 * refuse addresses that some kernels choose at random: then the program begins anew without.
 */
static inline int run_threads_cases(const char *name, make_cases *cases, char **argv)
{
	if (!(personality(0xffffffff) & ADDR_NO_RANDOMIZE)) {
		personality(ADDR_NO_RANDOMIZE);
		execv("/proc/self/exe", argv);
	}
	return run_cases(name, &cases, 1);
}

#endif
