// SPDX-License-Identifier: Apache-2.0
#include "cpu/entry.h"
#include "cpu/vcpu.h"
#include "cpu/vmx.h"
#include "cpu/x86.h"
#include "vm.h"

void vcpu_skip(struct vcpu *v)
{
	vcpu_advance(v, vmcs_read(VMCS_GUEST_RFLAGS));
}

void vcpu_trace(const struct vcpu *v, uint64_t rflags)
{
	/* With BTF only branches trap, and no instruction that L0 emulates is one. */
	if ((rflags & RFLAGS_TF) && !(vmcs_read(VMCS_GUEST_DEBUGCTL) & DEBUGCTL_BTF))
		vmcs_write(VMCS_GUEST_PENDING_DEBUG,
			   vmcs_read(VMCS_GUEST_PENDING_DEBUG) | PENDING_BS);
	vmcs_write(VMCS_GUEST_RFLAGS, rflags & ~RFLAGS_RF);
	(void)v;
}

/* Exceptions that make a double fault of one another (SDM table 6-5). */
static bool contributory(unsigned vector)
{
	return vector == 0 || (vector >= VECTOR_TS && vector <= VECTOR_GP);
}

void vcpu_inject(struct vcpu *v, unsigned vector, bool has_error, uint32_t error)
{
	uint32_t first = v->event.info;

	if ((first & EVENT_VALID) && (first & EVENT_TYPE) >> EVENT_TYPE_SHIFT == EVENT_HARDWARE) {
		unsigned old = first & EVENT_VECTOR;

		if (old == VECTOR_DF && v->level == 2) { /* the shutdown is L2's, and L1's exit */
			struct vmx_exit e = {.reason = EXIT_TRIPLE_FAULT};

			v->event.info = 0;
			nested_reflect(v, &e);
			return;
		}
		if (old == VECTOR_DF) {
			vm_stop(v->vm, STOP_TRIPLE_FAULT, 0,
				"L1 faulted while delivering a double fault");
			return;
		}
		if ((contributory(old) && contributory(vector)) ||
		    (old == VECTOR_PF && (contributory(vector) || vector == VECTOR_PF))) {
			vector = VECTOR_DF;
			has_error = true;
			error = 0;
		}
	}
	vcpu_attend(v);
	v->event = (struct event){
		.info = EVENT_VALID | (uint32_t)EVENT_HARDWARE << EVENT_TYPE_SHIFT | vector |
			(has_error ? EVENT_ERROR : 0),
		.error = error,
		.made = true,
	};
}

void vcpu_switch(struct vcpu *v, unsigned level)
{
	v->level = level;
	if (entry_pending(v))
		vcpu_attend(v);
	counters_run(&v->counters, level == 1 ? SLOT_L1 : v->nested.slot);
	vmptrld(v->vmcs[level]);
}
