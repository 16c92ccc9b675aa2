/* SPDX-License-Identifier: Apache-2.0 */
/* Runs bytes as an instruction on the processor that runs the test: the decoder's oracle. */
#ifndef PLATFORM_TESTS_NATIVE_H
#define PLATFORM_TESTS_NATIVE_H

#include <stdbool.h>
#include <stdint.h>

/* All registers that an instruction may use, before and after. RSP is as free as the others. */
struct native {
	uint64_t gpr[16];
	uint64_t rflags;
	uint64_t vector[16][4];
};
extern struct native native;

/* Has the processor AVX? Without it the upper halves of `vector` are not used. */
extern bool native_avx;

#define NATIVE_BYTES 4096

/*
 * Below 2 GiB: NATIVE_BYTES for code, and as many for data right behind. Call it once in each
 * process.
 */
uint8_t *native_map(void);

/* Executes the one instruction at @code; something must be mapped for 16 bytes behind it. */
void native_run(uint8_t *code, unsigned length);

#endif
