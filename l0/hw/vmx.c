// SPDX-License-Identifier: Apache-2.0
#include "hw/vmx.h"
#include "measure/panic.h"
#include "vmcs12.h"

void vmx_refused(const char *instruction)
{
	panic("the processor refused %s of L0's own (VMX-instruction error %lu, if a VMCS is "
	      "current)",
	      instruction, vmcs_read(VMCS_INSTRUCTION_ERROR));
}

struct descriptor {
	uint64_t what, linear;
};

__attribute__((noinline)) void invept(enum invept_type type, uint64_t eptp)
{
	const struct descriptor d = {eptp, 0};

	__asm__ goto("invept %0, %1; jbe %l2"
		     :
		     : "m"(d), "r"((uint64_t)type)
		     : "cc", "memory"
		     : failed);
	return;
failed:
	vmx_refused("INVEPT");
}

__attribute__((noinline)) void invvpid(enum invvpid_type type, uint16_t vpid, uint64_t linear)
{
	const struct descriptor d = {vpid, linear};

	__asm__ goto("invvpid %0, %1; jbe %l2"
		     :
		     : "m"(d), "r"((uint64_t)type)
		     : "cc", "memory"
		     : failed);
	return;
failed:
	vmx_refused("INVVPID");
}
