// SPDX-License-Identifier: Apache-2.0
#include "vcpu/events.h"
#include "vcpu/vcpu.h"
#include "hw/vmx.h"
#include "hw/x86.h"
#include "vcpu/vm.h"

#define PLACE(field)                                                                               \
	(__builtin_offsetof(struct vcpu, field) - __builtin_offsetof(struct vcpu, regs))

_Static_assert(PLACE(charge.rounds) == CHARGE_AT_ROUNDS, "exit.S");
_Static_assert(PLACE(charge.ticks) == CHARGE_AT_TICKS, "exit.S");
_Static_assert(PLACE(charge.counters) == CHARGE_AT_COUNTERS, "exit.S");

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

void vcpu_switch(struct vcpu *v, unsigned level)
{
	v->level = level;
	if (vcpu_platform_pending(v))
		vcpu_attend(v);
	counters_run(&v->counters, level == 1 ? SLOT_L1 : v->nested.slot);
	vmptrld(v->vmcs[level]);
}
