/* SPDX-License-Identifier: Apache-2.0 */
/* VMX instructions that L0 executes (SDM vol. 3, chapter "VMX Instruction Reference"). */
#ifndef HW_VMX_H
#define HW_VMX_H

#include <stdbool.h>
#include <stdint.h>

#include "vmcs_access.h"

/* Each is true on success; failure sets CF or ZF. */
static inline bool vmxon(uint64_t hpa)
{
	bool failed;

	__asm__ volatile("vmxon %1; setbe %0" : "=qm"(failed) : "m"(hpa) : "cc", "memory");
	return !failed;
}

static inline bool vmclear(uint64_t hpa)
{
	bool failed;

	__asm__ volatile("vmclear %1; setbe %0" : "=qm"(failed) : "m"(hpa) : "cc", "memory");
	return !failed;
}

static inline void vmptrld(uint64_t hpa)
{
	__asm__ volatile("vmptrld %0" : : "m"(hpa) : "cc", "memory");
}

enum invept_type {
	INVEPT_SINGLE = 1,
	INVEPT_ALL = 2,
};

static inline void invept(enum invept_type type, uint64_t eptp)
{
	struct {
		uint64_t eptp, zero;
	} descriptor = {eptp, 0};

	__asm__ volatile("invept %0, %1" : : "m"(descriptor), "r"((uint64_t)type) : "cc", "memory");
}

enum invvpid_type {
	INVVPID_ADDRESS = 0,
	INVVPID_SINGLE = 1,
	INVVPID_ALL = 2,
	INVVPID_SINGLE_RETAIN_GLOBAL = 3,
};

static inline void invvpid(enum invvpid_type type, uint16_t vpid, uint64_t linear)
{
	struct {
		uint64_t vpid, linear;
	} descriptor = {vpid, linear};

	__asm__ volatile("invvpid %0, %1"
			 :
			 : "m"(descriptor), "r"((uint64_t)type)
			 : "cc", "memory");
}

#endif
