/* SPDX-License-Identifier: Apache-2.0 */
/* When the timers of L1's machine want L0 to have the processor back. */
#ifndef VCPU_TIMERS_H
#define VCPU_TIMERS_H

#include "vcpu/vcpu.h"
#include "vcpu/vm.h"

/*
 * The deadline that the preemption timer is set for is never further away than the timer's 32 bits
 * reach: then the entry needs no test for it. It is much nearer, about a second of the processor's,
 * so that a guest that is halted for ever is seen (vcpu/halt.h).
 */
#define TIMER_SPAN (UINT64_C(1) << 30) /* ticks */

/* The platform's clock at which the LAPIC's timer or a device is due, or L0 looks again. */
static inline uint64_t vcpu_timers_due(const struct vcpu *v)
{
	uint64_t due = v->lapic.deadline, platform = platform_due(&v->vm->platform, v->id);
	uint64_t furthest = v->now + TIMER_SPAN;

	if (platform < due)
		due = platform;
	return due < furthest ? due : furthest;
}

/*
 * After L1's access to its LAPIC or to a device, which may have moved a timer: all else that it
 * brings about, an interrupt, mail, the machine's end, asks for an attend by itself. What an attend
 * would do anyway is left to it, and so is a deadline that L1's preemption timer is part of.
 */
static inline void vcpu_timers_moved(struct vcpu *v)
{
	if (v->level == 2)
		vcpu_attend(v);
	else if (v->deadline > v->now)
		v->deadline = vcpu_timers_due(v);
}

#endif
