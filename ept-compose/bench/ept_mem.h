/* SPDX-License-Identifier: Apache-2.0 */
/* Host-physical memory for the benchmark: one region, at an address of its own. */
#ifndef EPT_MEM_H
#define EPT_MEM_H

#include <stdint.h>

#define BENCH_BASE UINT64_C(0x140000000)
#define BENCH_SIZE UINT64_C(0x2000000)

extern unsigned char bench_memory[BENCH_SIZE];

static inline void *ept_ptr(uint64_t hpa)
{
	return bench_memory + (hpa - BENCH_BASE);
}

#endif
