/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each CPU has of its own: variables that begin at zero, its stack and its page tables. They
 * lie in one large page, for which the tables of each CPU show a frame of its own, so a variable
 * has one address on all of them and costs no instruction more than it would with one CPU.
 */
#ifndef MICRO_PERCPU_H
#define MICRO_PERCPU_H

#include <stdint.h>

#define PER_CPU __attribute__((section(".bss.percpu")))

/* Where this CPU's copy of a PER_CPU variable really lies: for page tables and VMX. */
uint64_t physical(const volatile void *own);

#endif
