// SPDX-License-Identifier: Apache-2.0
#include "lib/asm.h"
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

/* The instructions from set_timer12() to the entry, about. */
#define ENTRY_TICKS 80

/*
 * L1's preemption timer, to the bit of the TSC: entry_prepare() counts from the exit, but this one
 * is due by the time of the entry.
 */
static void set_timer12(struct vcpu *v)
{
	uint64_t left = nested_timer_left(v, rdtsc() + ENTRY_TICKS);
	uint64_t deadline = v->now + (left << v->timer_shift) - (UINT64_C(1) << v->timer_shift);

	if (!left)
		expire_at_once(v);
	else if (deadline < v->deadline)
		v->deadline = deadline;
}

static void set_deadline(struct vcpu *v)
{
	uint64_t deadline = v->lapic.deadline, platform = v->vm->platform.deadline;
	uint64_t furthest = v->now + (TIMER_SPAN << v->timer_shift);

	if (platform < deadline)
		deadline = platform;
	v->deadline = deadline < furthest ? deadline : furthest;
	if (deadline <= v->now)
		expire_at_once(v);
	else if (v->level == 2 && v->nested.timer12 != TIMER12_NONE)
		set_timer12(v);
}

static void run_timers(struct vcpu *v)
{
	struct platform *p = &v->vm->platform;

	if (v->now >= v->lapic.deadline)
		lapic_run(&v->lapic, v->now);
	if (v->now >= p->deadline)
		platform_run(p, v->now);
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
		vm_end(v->vm);
	if (exit_at_once)
		expire_at_once(v);
	else
		set_deadline(v);
}
