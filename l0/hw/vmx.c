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
