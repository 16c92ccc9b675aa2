// SPDX-License-Identifier: Apache-2.0
#include "loop/entry.h"
#include "nested/nested.h"
#include "vcpu/events.h"

/*
 * The deadline that the preemption timer is set for is never further away than the timer's 32 bits
 * reach: then the entry needs no test for it.
 */
#define TIMER_SPAN (UINT64_C(1) << 31)

/* The timer at 0 ends the entry before its first instruction. */
static void expire_at_once(struct vcpu *v)
{
	uint64_t unit = UINT64_C(1) << v->timer_shift;

	v->deadline = v->now < unit ? 0 : v->now - unit;
}

static void set_deadline(struct vcpu *v)
{
	uint64_t deadline = v->lapic.deadline, platform = platform_due(&v->vm->platform, v->id);
	uint64_t furthest = v->now + (TIMER_SPAN << v->timer_shift);

	if (platform < deadline)
		deadline = platform;
	if (v->level == 2 && v->nested.timer12 < deadline)
		deadline = v->nested.timer12;
	/* Mail that came up meanwhile is not announced again: it ends the entry (platform/inbox.h).
	 */
	if (deadline <= v->now || lapic_posted(&v->lapic))
		expire_at_once(v);
	else
		v->deadline = deadline < furthest ? deadline : furthest;
}

static void run_timers(struct vcpu *v)
{
	struct platform *p = &v->vm->platform;

	if (v->now >= v->lapic.deadline)
		lapic_run(&v->lapic, v->now);
	if (v->now >= platform_due(p, v->id))
		platform_run(p, v->now);
	lapic_drain(&v->lapic);
}

/* What comes up while it is done, it does too: a vcpu_attend() of these calls needs no second. */
void entry_attend(struct vcpu *v)
{
	bool exit_at_once = false;

	run_timers(v);
	if (v->level == 2)
		exit_at_once = nested_events(v);
	if (v->level == 1)
		vcpu_inject_events(v);
	if (v->vm->stopped)
		vm_leave(v);
	if (exit_at_once)
		expire_at_once(v);
	else
		set_deadline(v);
}
