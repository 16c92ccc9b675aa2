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
	return vcpu_interrupt_pending(v) || v->lapic.nmi_pending || v->event.info ||
	       v->events.exits;
}

/*
 * What L0 was doing for the L2 that runs turned out to be an exit to its L1: an EPT12 violation met
 * while an instruction is emulated, a fault that L1 takes. For handlers, which know nothing of
 * nested/: *e is recorded (a copy) and carried out before L2's next instruction.
 *
 * - @v runs L2 (v->level == 2), and VMCS02 holds L2's state as it was before the instruction, or
 *   before the iteration of a repeated one: after the call the handler changes nothing more.
 * - *e is as the processor would have reported it. vmx_exit_read() gives the exit that L0 is
 *   answering; overwrite what is different, and clear what has no meaning for the new reason.
 * - An event whose delivery this exit interrupted is added as IDT-vectoring information by itself.
 * - The first one counts; an exception queued by vcpu_inject() in the same handler is dropped.
 */
void vcpu_reflect(struct vcpu *v, const struct vmx_exit *e);

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
