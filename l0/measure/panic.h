/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MEASURE_PANIC_H
#define MEASURE_PANIC_H

/*
 * L0's own invariant is broken: says so on the console and in a stop line, and ends the machine.
 * What a guest does never comes here.
 */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
