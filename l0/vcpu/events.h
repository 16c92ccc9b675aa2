/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events on their way into the guest that runs. Handlers say what came up (vcpu_inject() and its
 * kin, vcpu_reflect()), the platform has interrupts and NMIs; before the next entry, and only if
 * somebody called vcpu_attend(), events_pick() decides, and what it says is carried out: by
 * vcpu_deliver() for the guest that runs, by nested/events.c for the L1 of an L2.
 */
#ifndef VCPU_EVENTS_H
#define VCPU_EVENTS_H

#include <stdbool.h>

#include "vcpu/events_pick.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"

/* Has L1's platform an interrupt for this vCPU, whether the guest is ready for it or not? */
static inline bool vcpu_interrupt_pending(const struct vcpu *v)
{
	return lapic_pending(&v->lapic) >= 0 || platform_extint_pending(&v->vm->platform, v->id);
}

/* That, or an NMI. */
static inline bool vcpu_platform_pending(const struct vcpu *v)
{
	return vcpu_interrupt_pending(v) || v->lapic.nmi_pending;
}

/* Is there anything at all to pick from, or a window to close? */
static inline bool vcpu_event_pending(const struct vcpu *v)
{
	const struct events *e = &v->events;

	return vcpu_platform_pending(v) || (e->fault.info | e->redo.info) ||
	       (e->refused_vtpr | e->windows[v->level] | lapic_init_pending(&v->lapic) |
		v->nested.asleep);
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

/* After an entry that the processor refused: the event that it did not deliver is queued again. */
void vcpu_take_back_event(struct vcpu *v);

/* Takes the NMI that is pending. */
static inline void vcpu_nmi_ack(struct vcpu *v)
{
	v->lapic.nmi_pending = false;
}

/* Takes the interrupt that is pending from the LAPIC or the 8259: its vector. */
int vcpu_interrupt_ack(struct vcpu *v);

/* Is the task priority of the L2 that runs below L1's threshold (SDM 27.2.1.1)? */
bool vcpu_vtpr_below(const struct vcpu *v);

/* What comes before the next instruction of the guest that runs. Its VMCS is current. */
struct event_pick vcpu_pick_event(const struct vcpu *v);

/* Could L1's own instructions take an interrupt now, and is there nothing before it? */
bool vcpu_takes_interrupt(const struct vcpu *v);

/* Carries out what the guest itself gets of it: the event, and windows for what must wait. */
void vcpu_deliver(struct vcpu *v, struct event_pick pick);

/* The same for the interrupt that is pending, when the pick is that one alone. */
void vcpu_deliver_interrupt(struct vcpu *v);

/* Both, for L1's own instructions. */
void vcpu_deliver_own(struct vcpu *v);

#endif
