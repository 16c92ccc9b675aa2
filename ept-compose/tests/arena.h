/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A piece of pretended host-physical memory, with a place for each owner. Outside of it all reads
 * as zero and is counted as a stray access.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stdbool.h>
#include <stdint.h>

#define ARENA_BASE  UINT64_C(0x80000000)
#define ARENA_L1    ARENA_BASE /* L1's memory for EPT12 tables */
#define ARENA_EPT01 (ARENA_BASE + 0x200000)
#define ARENA_EPT02 (ARENA_BASE + 0x400000)
#define ARENA_SIZE  UINT64_C(0x800000)
#define L1_PAGES    512u
#define EPT01_PAGES 512u
#define EPT02_PAGES 1024u

extern uint64_t arena_strays; /* accesses outside */
extern uint64_t arena_calls;  /* all accesses */

void *arena_ptr(uint64_t hpa);

/* 64-bit words as the tests and the model see them, not counted. */
bool arena_has(uint64_t hpa);
uint64_t arena_get(uint64_t hpa);
void arena_set(uint64_t hpa, uint64_t value);

/* At the @calls-th access from now, before it: the word at @hpa becomes @value. */
void arena_poke_later(unsigned calls, uint64_t hpa, uint64_t value);

#endif
