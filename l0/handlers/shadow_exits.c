// SPDX-License-Identifier: Apache-2.0
/* Exits that L0 has without EPT alone (mmu=shadow-on-shadow). */
#include "handlers/cr.h"
#include "handlers/exits.h"
#include "handlers/mmio.h"
#include "hw/x86.h"
#include "lib/asm.h"
#include "vcpu/events.h"
#include "vcpu/shadow_paging.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

/* The fault goes to whom it belongs: to L1 as an exit of its L2, or to the guest that runs. */
static void pass_on(struct vcpu *v, uint64_t linear, uint32_t error)
{
	const uint32_t info = EVENT_VALID | EVENT_ERROR |
			      (uint32_t)EVENT_HARDWARE << EVENT_TYPE_SHIFT | VECTOR_PF;
	struct vmx_exit e;

	if (v->level == 2 && vmcs12_wants_exception(&v->nested.cache.v, info, error)) {
		vmx_exit_read(&e);
		e.interruption_error = error;
		v->paging.ahead = linear;
		vcpu_reflect(v, &e);
		return;
	}
	vcpu_inject_page_fault(v, linear, error);
}

/* L0 dealt with a fault that IRET ran into: the NMI blocking it lifted is back (SDM 28.2.3). */
static void restore_nmi_blocking(const struct vcpu *v)
{
	if ((vmcs_read(VMCS_EXIT_INTERRUPTION_INFO) & EVENT_NMI_UNBLOCKING) && !v->events.redo.info)
		vmcs_write(VMCS_GUEST_INTERRUPTIBILITY,
			   vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) | BLOCKING_NMI);
}

void exit_page_fault(struct vcpu *v)
{
	const uint32_t error = (uint32_t)vmcs_read(VMCS_EXIT_INTERRUPTION_ERROR);
	const struct spt_access access = {
		.linear = vmcs_read(VMCS_EXIT_QUALIFICATION),
		.error = error,
		.smap = !(error & (SPT_ERROR_U | SPT_ERROR_ID)) &&
			(vcpu_cpl() == 3 || !(vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_AC)),
	};
	struct spt_fault fault;

	switch (spt_fill(&v->paging.level[v->level].spt, &v->vm->ept01, &access, &fault)) {
	case SPT_FILLED:
		restore_nmi_blocking(v);
		return;
	case SPT_OWN:
		mmio_emulate_or_end(v, fault.gpa,
				    EPT_QUAL_FINAL | EPT_QUAL_LINEAR |
					    (error & SPT_ERROR_W    ? EPT_W
					     : error & SPT_ERROR_ID ? EPT_X
								    : EPT_R));
		return;
	case SPT_FAULT:
		pass_on(v, access.linear, fault.error);
		return;
	}
}

bool cr_load_shadowed_cr3(struct vcpu *v, uint64_t value)
{
	uint64_t cr4 = vmcs_read(VMCS_GUEST_CR4), efer = vmcs_read(VMCS_GUEST_EFER);
	enum spt_mode mode = shadow_paging_mode(vmcs_read(VMCS_GUEST_CR0), cr4, efer);

	if (!v->paging.on || (mode == SPT_LONG && value >> v->vm->features.maxphyaddr) ||
	    (mode == SPT_PAE && !cr_load_pdptes(v, value)))
		return false;
	vmcs_write(VMCS_GUEST_CR3, value);
	spt_flush(&v->paging.level[v->level].spt);
	return true;
}

void exit_invlpg(struct vcpu *v)
{
	spt_invalidate(&v->paging.level[v->level].spt, vmcs_read(VMCS_EXIT_QUALIFICATION));
	vcpu_skip(v);
}
