// SPDX-License-Identifier: Apache-2.0
#include "vcpu/halt.h"

#include "hw/x86.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"
#include "vmx_bits.h"

/* An L2 in the shutdown state, which L1's timer will end; in the wait for a SIPI it ends nothing.
 */
static bool timer12_wakes(const struct nested *n)
{
	return n->asleep == ACTIVITY_SHUTDOWN && n->timer12 != TIMER12_NONE;
}

/* Does only a message of another vCPU or of the IOAPIC end this one's sleep? */
static bool is_deaf(const struct vcpu *v)
{
	const struct lapic *l = &v->lapic;

	if (l->init_pending || l->nmi_pending || lapic_sipi_pending(l) ||
	    lapic_guest_sipi_pending(l) || timer12_wakes(&v->nested))
		return false;
	return lapic_waits(l) ||
	       (!(vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_IF) && !v->events.fault.info &&
		!v->events.redo.info && !lapic_takes_nmi(l));
}

static bool all_deaf(struct vm *vm)
{
	uint32_t all = (1u << vm->vcpus) - 1;

	if (__atomic_load_n(&vm->deaf, __ATOMIC_SEQ_CST) != all)
		return false;
	for (unsigned i = 0; i < vm->vcpus; i++)
		if (lapic_posted(&vm->vcpu[i]->lapic))
			return false;
	return true;
}

static bool for_ever(struct vm *vm)
{
	uint32_t woken = __atomic_load_n(&vm->woken, __ATOMIC_SEQ_CST);

	return all_deaf(vm) && !ioapic_wakes(&vm->platform) && all_deaf(vm) &&
	       __atomic_load_n(&vm->woken, __ATOMIC_SEQ_CST) == woken;
}

void halt_seen(struct vcpu *v)
{
	struct vm *vm = v->vm;

	if (!is_deaf(v))
		return;
	__atomic_fetch_or(&vm->deaf, 1u << v->id, __ATOMIC_SEQ_CST);
	if (for_ever(vm))
		vm_stop(vm, STOP_HALTED, 0,
			"vCPU %u at rip %lx, with interrupts off, and nothing that could wake it",
			v->id, vmcs_read(VMCS_GUEST_RIP));
}

void halt_over(struct vcpu *v)
{
	uint32_t bit = 1u << v->id;

	if (!(__atomic_load_n(&v->vm->deaf, __ATOMIC_RELAXED) & bit))
		return;
	__atomic_fetch_add(&v->vm->woken, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_and(&v->vm->deaf, ~bit, __ATOMIC_SEQ_CST);
}
