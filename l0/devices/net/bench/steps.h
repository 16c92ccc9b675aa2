/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_BENCH_STEPS_H
#define NET_BENCH_STEPS_H

#include <stdint.h>

/*
 * Instructions that @work executes, stepped one by one in a process of its own; a repeated string
 * instruction counts once for each time, as the emulated engine counts it. 0: the machine does not
 * let a process be stepped.
 */
uint64_t steps_of(void (*work)(const void *what), const void *what);

#endif
