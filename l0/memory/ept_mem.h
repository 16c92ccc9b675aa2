/* SPDX-License-Identifier: Apache-2.0 */
/* L0's answer to ept-compose: host-physical memory is mapped one to one. */
#ifndef EPT_MEM_H
#define EPT_MEM_H

#include <stdint.h>

static inline void *ept_ptr(uint64_t hpa)
{
	return (void *)(uintptr_t)hpa;
}

#endif
