/* SPDX-License-Identifier: Apache-2.0 */
/* Events on their way into the guest that runs. */
#ifndef VCPU_EVENTS_H
#define VCPU_EVENTS_H

#include <stdbool.h>

#include "vcpu/vcpu.h"
#include "vcpu/vm.h"

/* Has L1's platform an interrupt for this vCPU, whether the guest is ready for it or not? */
static inline bool vcpu_interrupt_pending(const struct vcpu *v)
{
	return lapic_pending(&v->lapic) >= 0 || platform_extint_pending(&v->vm->platform, v->id);
}

/* That, or an NMI or a queued event: something for vcpu_inject_events() or nested_events() to do.
 */
static inline bool vcpu_event_pending(const struct vcpu *v)
{
	return vcpu_interrupt_pending(v) || v->lapic.nmi_pending || v->event.info;
}

/* An event whose delivery this exit interrupted is delivered again (SDM 28.2.4). */
void vcpu_requeue_event(struct vcpu *v);

/* Takes the interrupt that is pending from the LAPIC or the 8259: its vector. */
int vcpu_interrupt_ack(struct vcpu *v);

/*
 * Gives the guest that is about to run (L1, or an L2 whose L1 lets interrupts through) the queued
 * event or one of the platform's; for what must wait, the window is opened.
 */
void vcpu_inject_events(struct vcpu *v);

#endif
