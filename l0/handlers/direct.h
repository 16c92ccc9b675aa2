/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interrupts=eli at an exit and before an entry (vcpu/direct.h, eli/README.md).
 *
 *     exit: direct_exit(): the doing of direct mode? answered, and over
 *           else as any exit; if its answer looks at the whole LAPIC, injection mode first
 *     entry: direct_enter(): the mode of this entry
 */
#ifndef HANDLERS_DIRECT_H
#define HANDLERS_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "vcpu/vcpu.h"

/* On its CPU, before the first entry. */
void direct_begin(struct vcpu *v);

/*
 * First of all at an exit of any level, if direct_concerns(): else it is nothing that direct mode
 * has changed. True: that was all.
 */
bool direct_exit(struct vcpu *v, uint32_t reason);

static inline bool direct_concerns(const struct vcpu *v, uint32_t reason)
{
	if (__builtin_expect(!(v->direct.concerns >> reason % 64 & 1), true))
		return false;
	return reason != EXIT_RDMSR || (uint32_t)v->regs.gpr[RCX] - MSR_X2APIC_FIRST < 256;
}

/* What L0 may do for an L2 before its next look: EPT02 is dropped, and begun again. */
#define DIRECT_NESTED_ANSWER 5000

/* When the guest that runs is looked at in direct mode. */
static inline uint64_t direct_next_look(const struct vcpu *v)
{
	return eli_guard_deadline(&v->direct.guard) - (v->level == 2 ? DIRECT_NESTED_ANSWER : 0);
}

/*
 * After any other exit of L1's own in direct mode or on its way there: an end of an interrupt, a
 * priority, for which nobody asks for an attend, changes the mode.
 */
static inline bool direct_may_change(const struct vcpu *v)
{
	const struct direct *d = &v->direct;

	return d->on ? d->tpr != (uint8_t)v->lapic.tpr
		     : d->table[v->level - 1].stands && !v->lapic.isr.summary;
}

/*
 * In place of vcpu_deliver_own(), before each entry of L1's own instructions, and after all that
 * came meanwhile has been taken: the mode of this entry, and what it delivers.
 */
void direct_enter(struct vcpu *v);

/*
 * The same before an entry of an L2, and before what L1 has pending is looked at. An L2 whose
 * VMCS12 leaves L1's interrupts to it is direct as L1 is; any other is in injection mode.
 */
void direct_enter_l2(struct vcpu *v);

/*
 * L2 has been entered, or has left, since an entry looked last. False: nothing of direct mode was
 * there, nor may be now. True: the next entry is to look.
 */
bool direct_level_changed(struct vcpu *v);

/*
 * Injection mode from here on: the LAPIC has all that is in service. The VMCS that direct mode is
 * in is current.
 */
void direct_leave(struct vcpu *v);

/* VMCS01 stands for L1's own instructions, which take interrupts. */
bool direct_runs_l1(const struct vcpu *v);

#endif
