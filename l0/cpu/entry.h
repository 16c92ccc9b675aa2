/* SPDX-License-Identifier: Apache-2.0 */
/* The last steps before every entry: timers, events, the preemption timer, counters. */
#ifndef CPU_ENTRY_H
#define CPU_ENTRY_H

#include <stdbool.h>

#include "cpu/vcpu.h"
#include "vm.h"

/* Has L1's platform an interrupt for this vCPU, whether the guest is ready for it or not? */
static inline bool entry_interrupt_pending(const struct vcpu *v)
{
	return lapic_pending(&v->lapic) >= 0 || platform_extint_pending(&v->vm->platform, v->id);
}

/* That, or an NMI or a queued event: something for entry_inject() or nested_events() to do. */
static inline bool entry_pending(const struct vcpu *v)
{
	return entry_interrupt_pending(v) || v->lapic.nmi_pending || v->event.info;
}

/*
 * Something wants to be looked at before this entry, rare beside the exits that only do their work:
 * timers, events, the VM's end, which ends the machine.
 */
void entry_attend(struct vcpu *v);

/* The steps before every entry. */
static inline void entry_prepare(struct vcpu *v)
{
	if (v->now >= v->deadline)
		entry_attend(v);
	/* The preemption timer counts from the entry, so it is written before each. */
	vmcs_write(VMCS_PREEMPTION_TIMER,
		   (uint64_t)(((int64_t)(v->deadline - v->now) >> v->timer_shift) + 1));
	if (v->level == 2)
		counters_chain(&v->counters);
	counters_enter(&v->counters);
}

/* Takes the interrupt that is pending from the LAPIC or the 8259: its vector. */
int entry_interrupt_ack(struct vcpu *v);

/*
 * Gives the guest that is about to run (L1, or an L2 whose L1 lets interrupts through) the queued
 * event or one of the platform's; for what must wait, the window is opened.
 */
void entry_inject(struct vcpu *v);

#endif
