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
	__asm__ goto("vmxon %0; jbe %l1" : : "m"(hpa) : "cc", "memory" : failed);
	return true;
failed:
	return false;
}

static inline bool vmclear(uint64_t hpa)
{
	__asm__ goto("vmclear %0; jbe %l1" : : "m"(hpa) : "cc", "memory" : failed);
	return true;
failed:
	return false;
}

/*
 * The others have operands that L0 made, so a failure is L0's own fault: it would go on with
 * another VMCS, or with translations that are no more. One jump that is never taken sees it.
 */
_Noreturn void vmx_refused(const char *instruction);

static inline void vmptrld(uint64_t hpa)
{
	__asm__ goto("vmptrld %0; jbe %l1" : : "m"(hpa) : "cc", "memory" : failed);
	return;
failed:
	vmx_refused("VMPTRLD");
}

/* Does the VMCS that is current have this field? */
static inline bool vmcs_has(uint32_t encoding)
{
	uint64_t value;
	bool failed;

	__asm__ volatile("vmread %2, %1; setbe %0"
			 : "=qm"(failed), "=r"(value)
			 : "r"((uint64_t)encoding)
			 : "cc");
	return !failed;
}

enum invept_type {
	INVEPT_SINGLE = 1,
	INVEPT_ALL = 2,
};

enum invvpid_type {
	INVVPID_ADDRESS = 0,
	INVVPID_SINGLE = 1,
	INVVPID_ALL = 2,
	INVVPID_SINGLE_RETAIN_GLOBAL = 3,
};

/* Rare, so not part of their callers, whose other work needs no room for a descriptor then. */
void invept(enum invept_type type, uint64_t eptp);
void invvpid(enum invvpid_type type, uint16_t vpid, uint64_t linear);

#endif
