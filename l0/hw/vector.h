/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's XMM and YMM registers. L0 is built to use none, so they are in the processor while it
 * runs.
 */
#ifndef HW_VECTOR_H
#define HW_VECTOR_H

#include <stdbool.h>
#include <stdint.h>

#define VECTOR_REGISTERS 16

/* Would an SSE (or, @vex, an AVX) instruction of the guest that runs execute, rather than #UD, #NM?
 */
bool vector_usable(bool vex);

/* Bits 127:0 of register @n; @vex: 255:0. Writing with @vex clears what is above, else it stays. */
void vector_read(unsigned n, bool vex, uint64_t to[4]);
void vector_write(unsigned n, bool vex, const uint64_t from[4]);

#endif
