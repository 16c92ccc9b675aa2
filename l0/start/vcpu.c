// SPDX-License-Identifier: Apache-2.0
/* A vCPU's VMX state, made on the CPU that runs it, and its first entry. */
#include "handlers/direct.h"
#include "handlers/msr.h"
#include "handlers/msr_bitmap.h"
#include "hw/cpu.h"
#include "hw/vmx.h"
#include "lib/asm.h"
#include "lib/string.h"
#include "loop/exit.h"
#include "measure/panic.h"
#include "nested/nested.h"
#include "nested/shadow.h"
#include "start/machine.h"
#include "vcpu/reset.h"
#include "vcpu/vcpu.h"

#define MIB  (UINT64_C(1) << 20)
#define PAGE UINT64_C(4096)

/* VMX on, and the regions of VMCS01 and VMCS02 as the processor wants them. */
static bool start_vmx(struct vcpu *v)
{
	struct cpu *c = v->cpu;
	uint32_t revision = (uint32_t)rdmsr(MSR_VMX_BASIC) & 0x7fffffff;

	memcpy(c->vmxon, &revision, sizeof(revision));
	for (unsigned i = 0; i < 2; i++) {
		memcpy(c->vmcs[i], &revision, sizeof(revision));
		v->vmcs[i + 1] = (uintptr_t)c->vmcs[i];
	}
	return vmxon((uintptr_t)c->vmxon) && vmclear(v->vmcs[1]) && vmclear(v->vmcs[2]);
}

/* Without EPT the pool is for shadow tables; EPT02 has what it cannot do without. */
static bool divide_pool(struct vcpu *v)
{
	uint32_t all = (uint32_t)(v->vm->knobs.pool * MIB / PAGE);
	uint32_t pages = v->paging.on ? EPT02_MIN_PAGES : all;

	return nested_init(v, (uint64_t *)(void *)v->cpu->msr_bitmap[1], v->pool_hpa, pages) &&
	       (!v->paging.on || shadow_paging_init(v, v->pool_hpa + pages * PAGE, all - pages));
}

static bool init(struct vcpu *v)
{
	v->msr_bitmap01 = (uintptr_t)v->cpu->msr_bitmap[0];
	msr_bitmap_init(v, v->cpu->msr_bitmap[0]);
	msr_init(v);
	charge_init(&v->charge, &v->counters, v->vm->knobs.charge);
	if (!start_vmx(v) || !divide_pool(v))
		return false;
	vcpu_switch(v, 1);
	vmcs01_init(v, &v->vm->entry);
	if (v->id)
		vcpu_wait_for_startup(v);
	if (v->direct.way)
		direct_begin(v);
	trace_init(v);
	v->hyperv.offered = knob_is(v->vm->knobs.vmcs, "evmcs");
	if (knob_is(v->vm->knobs.vmcs, "shadow"))
		nested_shadow_init(v, v->cpu->shadow[0]);
	return true;
}

_Noreturn void vcpu_run(struct cpu *self)
{
	struct vcpu *v = self->vcpu;
	uint64_t now;

	if (!init(v))
		panic("VMX could not be started on CPU %u", self->number);
	now = rdtsc();
	counters_clear(&v->counters);
	v->now = now + v->clock_offset;
	if (v->paging.on)
		shadow_paging_enter(v);
	vmx_enter(&v->regs); /* the preemption timer is 0 still: the first exit sets what is to be
				set */
}
