/* SPDX-License-Identifier: Apache-2.0 */
/* How a VMX instruction ends, and the faults that come first (SDM vol. 3, 31.2 and 31.4). */
#ifndef NESTED_VMFAIL_H
#define NESTED_VMFAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "vcpu/vcpu.h"
#include "hw/x86.h"
#include "vmcs_access.h"

enum vm_instruction_error {
	VMERR_VMCLEAR_ADDRESS = 2,
	VMERR_VMCLEAR_VMXON = 3,
	VMERR_VMLAUNCH_NOT_CLEAR = 4,
	VMERR_VMRESUME_NOT_LAUNCHED = 5,
	VMERR_CONTROLS = 7,
	VMERR_VMPTRLD_ADDRESS = 9,
	VMERR_VMPTRLD_VMXON = 10,
	VMERR_VMPTRLD_REVISION = 11,
	VMERR_UNSUPPORTED_FIELD = 12,
	VMERR_READ_ONLY_FIELD = 13,
	VMERR_VMXON_IN_ROOT = 15,
	VMERR_MOV_SS = 26,
	VMERR_INVALIDATE_OPERAND = 28,
};

/* Flags that say how a VMX instruction ended (SDM 31.2). */
#define RESULT_FLAGS (RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

/* Each sets RFLAGS and steps over the instruction. vmfail() falls back to invalid without a VMCS12.
 */
void vmsucceed(struct vcpu *v);
void vmfail_invalid(struct vcpu *v);
void vmfail(struct vcpu *v, enum vm_instruction_error error);

/*
 * May this instruction execute at all? False: #UD or #GP was injected. VMXON alone is allowed
 * outside VMX operation.
 */
bool vmx_instruction_allowed(struct vcpu *v, bool vmxon);

/*
 * The 64-bit memory operand of VMXON, VMCLEAR, VMPTRLD: a physical address. False: a fault was
 * injected.
 */
bool vmx_pointer_operand(struct vcpu *v, uint64_t *pointer);

/* Is it page-aligned and within the processor's width? */
bool vmx_pointer_valid(const struct vcpu *v, uint64_t pointer);

/* vmsucceed() for 64-bit code. */
static inline void vmsucceed64(const struct vcpu *v)
{
	uint64_t rflags = vmcs_read(VMCS_GUEST_RFLAGS) & ~RESULT_FLAGS;

	vmcs_write(VMCS_GUEST_RFLAGS, rflags);
	vmcs_write(VMCS_GUEST_RIP,
		   vmcs_read(VMCS_GUEST_RIP) + vmcs_read(VMCS_EXIT_INSTRUCTION_LENGTH));
	vcpu_retire(v, rflags);
}

#endif
