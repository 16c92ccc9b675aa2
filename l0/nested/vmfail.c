// SPDX-License-Identifier: Apache-2.0
#include "nested/vmfail.h"
#include "handlers/cr.h"
#include "handlers/guest_access.h"
#include "nested/nested.h"
#include "vcpu/vcpu.h"
#include "hw/x86.h"
#include "nested/enlightened.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

static void finish(struct vcpu *v, uint64_t flag)
{
	uint64_t old = vmcs_read(VMCS_GUEST_RFLAGS), rflags = (old & ~RESULT_FLAGS) | flag;

	if (rflags != old)
		vmcs_write(VMCS_GUEST_RFLAGS, rflags);
	vcpu_advance(v, rflags);
}

void vmsucceed(struct vcpu *v)
{
	finish(v, 0);
}

void vmfail_invalid(struct vcpu *v)
{
	finish(v, RFLAGS_CF);
}

void vmfail(struct vcpu *v, enum vm_instruction_error error)
{
	if (v->nested.current == VMCS12_NONE && !v->nested.evmcs) {
		vmfail_invalid(v);
		return;
	}
	v->nested.cache.v.instruction_error = error;
	nested_evmcs_store_failure(v);
	finish(v, RFLAGS_ZF);
}

/* Outside of the common case: 32-bit code, another CPL, not in VMX operation. */
static bool allowed_slowly(struct vcpu *v, bool vmxon)
{
	bool undefined = !(cr_get_cr4() & CR4_VMXE) || !(vmcs_read(VMCS_GUEST_CR0) & CR0_PE) ||
			 (vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_VM) ||
			 ((vmcs_read(VMCS_GUEST_EFER) & EFER_LMA) && !vcpu_long_mode()) ||
			 (!vmxon && !v->nested.on);

	if (undefined)
		vcpu_inject_ud(v);
	else if (vcpu_cpl())
		vcpu_inject_gp(v);
	else
		return true;
	return false;
}

bool vmx_instruction_allowed(struct vcpu *v, bool vmxon)
{
	/* In VMX operation PE, PG, VMXE and with them LMA stay as they were at VMXON. */
	if (v->nested.on64 && (vmcs_read(VMCS_GUEST_CS_ACCESS) & SEGMENT_L) && !vcpu_cpl())
		return true;
	return allowed_slowly(v, vmxon);
}

bool vmx_pointer_operand(struct vcpu *v, uint64_t *pointer)
{
	uint32_t info = (uint32_t)vmcs_read(VMCS_EXIT_INSTRUCTION_INFO);
	uint64_t linear;

	return guest_operand(v, info, vmcs_read(VMCS_EXIT_QUALIFICATION), 8, GUEST_READ, &linear) &&
	       guest_read(v, linear, pointer, 8);
}

bool vmx_pointer_valid(const struct vcpu *v, uint64_t pointer)
{
	return !(pointer & 0xfff) && !(pointer >> v->vm->l1_caps.maxphyaddr);
}
