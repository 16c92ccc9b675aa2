// SPDX-License-Identifier: Apache-2.0
#include "handlers/direct.h"
#include "lib/asm.h"
#include "loop/entry.h"
#include "nested/nested.h"
#include "vcpu/events.h"
#include "vcpu/halt.h"
#include "vcpu/reset.h"
#include "vcpu/timers.h"

/* Twice in the image: what interrupts=eli has instead costs the others nothing. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

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

/* It also counts in the shutdown state, but not to an end in the wait for a SIPI (SDM 26.5.1). */
static bool timer12_counts(const struct vcpu *v)
{
	const struct nested *n = &v->nested;

	return (v->level == 2 || n->asleep == ACTIVITY_SHUTDOWN) && n->timer12 != TIMER12_NONE;
}

static ALWAYS_INLINE void set_deadline(struct vcpu *v)
{
	v->deadline = vcpu_timers_due(v);
	/* Mail that came up meanwhile is not announced again (platform/inbox.h). */
	if (__builtin_expect(v->deadline <= v->now || lapic_posted(&v->lapic), false))
		expire_at_once(v);
	else if (timer12_counts(v))
		set_timer12(v);
}

/*
 * INIT is blocked in VMX root operation, and an exit in L2 (SDM 24.8, 26.2). The first vCPU would
 * go on in the firmware, whose place a restart of the machine takes.
 */
static void take_init(struct vcpu *v)
{
	if (v->nested.on) { /* of L2: nested_events() */
		lapic_init_blocked(&v->lapic);
		return;
	}
	if (v->direct.on)
		direct_leave(v);
	if (lapic_take_init(&v->lapic))
		vcpu_wait_for_startup(v);
	else
		vm_stop(v->vm, STOP_REBOOT, 0, "INIT to the first processor");
}

/* INIT or a start-up IPI, out of the way of interrupts. */
static __attribute__((noinline)) void start_anew(struct vcpu *v)
{
	if (lapic_init_pending(&v->lapic))
		take_init(v);
	if (lapic_sipi_pending(&v->lapic))
		vcpu_start_up(lapic_take_sipi(&v->lapic));
}

/* The devices' timers, and what they and the other vCPUs have sent. */
static ALWAYS_INLINE void take_mail(struct vcpu *v)
{
	struct platform *p = &v->vm->platform;

	halt_over(v);
	if (v->now >= platform_due(p, v->id))
		platform_run(p, v->now);
	lapic_drain(&v->lapic);
	if (v->ept01_seen != shared_changes(v->vm))
		nested_ept01_changed(v);
	if (lapic_init_pending(&v->lapic) || lapic_sipi_pending(&v->lapic))
		start_anew(v);
}

/* An INIT that was blocked waits here for the end of VMX operation. */
static bool mail_waits(const struct vcpu *v)
{
	return v->now >= platform_due(&v->vm->platform, v->id) || lapic_posted(&v->lapic) ||
	       lapic_init_pending(&v->lapic);
}

/* VMCS01 also stands for one that waits for a SIPI, and for an L2 that sleeps. */
static bool runs_l1(const struct vcpu *v)
{
	return v->level == 1 && !lapic_waits(&v->lapic) && !v->nested.asleep;
}

/* EPT02 may lead to a shadow that was made or ended just now, and an event may need the table. */
static void enter_l2(struct vcpu *v)
{
	direct_enter_l2(v);
	if (v->ept01_seen != shared_changes(v->vm))
		nested_ept01_changed(v);
}

/* What comes up while it is done, it does too: a vcpu_attend() of these calls needs no second. */
static ALWAYS_INLINE void attend(struct vcpu *v, bool direct)
{
	bool exit_at_once = false;

	if (v->now >= v->lapic.deadline)
		lapic_run(&v->lapic, v->now);
	if (mail_waits(v))
		take_mail(v);
	if (direct && direct_ended(&v->direct))
		direct_give_up(v);
	if (v->nested.asleep) {
		nested_sleep_events(v);
		if (direct && v->level == 2)
			enter_l2(v);
	} else if (v->level == 2) {
		if (direct)
			enter_l2(v);
		exit_at_once = nested_events(v);
	}
	if (direct && runs_l1(v))
		direct_enter(v);
	else if (runs_l1(v) && vcpu_event_pending(v))
		vcpu_deliver_own(v);
	if (v->vm->stopped)
		vm_leave(v);
	if (exit_at_once)
		expire_at_once(v);
	else
		set_deadline(v);
}

void entry_attend(struct vcpu *v)
{
	attend(v, false);
}

__attribute__((noinline)) void entry_attend_direct(struct vcpu *v)
{
	delay_end(v);
	attend(v, true);
}
