/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_TESTS_THREADS_H
#define PLATFORM_TESTS_THREADS_H

#include <stdio.h>
#include <stdlib.h>

/* The races, each with real threads for CPUs; under ThreadSanitizer. */
void inbox_race(void);
void start_race(void);
void lock_race(void);
void token_race(void);
void storm_race(void);
void wake_race(void);
void pci_race(void);
void iov_race(void);

/* Check's assertions are not made for several threads. */
#define require(condition)                                                                         \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			exit(EXIT_FAILURE);                                                        \
		}                                                                                  \
	} while (0)

#define report(...) (printf(__VA_ARGS__), printf("\n"), fflush(stdout))

#endif
