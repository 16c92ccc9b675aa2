/* SPDX-License-Identifier: Apache-2.0 */
/* Host-physical memory for the tests. */
#ifndef EPT_MEM_H
#define EPT_MEM_H

#include <stdint.h>
#include "arena.h"

static inline void *ept_ptr(uint64_t hpa)
{
	return arena_ptr(hpa);
}

#endif
