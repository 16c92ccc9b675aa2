/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VMREAD and VMWRITE on the current VMCS: L0's answer to vmcs-merge. A failure here means that L0
 * used a field that the processor lacks, which features.c excludes, and for VMCS02's fields a proof
 * when it is made (nested/enter.c); it is not tested again.
 */
#ifndef VMCS_ACCESS_H
#define VMCS_ACCESS_H

#include <stdint.h>

static inline uint64_t vmcs_read(uint32_t encoding)
{
	uint64_t value;

	__asm__ volatile("vmread %1, %0" : "=r"(value) : "r"((uint64_t)encoding) : "cc");
	return value;
}

/* The same to memory: 64 bits, whatever the field's width, in one instruction. */
static inline void vmcs_read_to(void *to, uint32_t encoding)
{
	__asm__ volatile("vmread %1, %0" : "=m"(*(uint64_t *)to) : "r"((uint64_t)encoding) : "cc");
}

static inline void vmcs_write(uint32_t encoding, uint64_t value)
{
	__asm__ volatile("vmwrite %1, %0" : : "r"((uint64_t)encoding), "r"(value) : "cc");
}

/* Of a word of controls some bits: others come and go there too. */
static inline void vmcs_change(uint32_t encoding, uint64_t clear, uint64_t set)
{
	vmcs_write(encoding, (vmcs_read(encoding) & ~clear) | set);
}

#endif
