// SPDX-License-Identifier: Apache-2.0
/*
 * What happens between an exit and the next entry, and the table that says who answers an exit
 * of L1. Exits of L2 go to nested/route.c first.
 */
#include "handlers/cr.h"
#include "handlers/direct.h"
#include "handlers/exits.h"
#include "hw/cpu.h"
#include "lib/asm.h"
#include "loop/entry.h"
#include "loop/exit.h"
#include "nested/nested.h"
#include "vcpu/events.h"
#include "vcpu/halt.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"

/* Numbers that the manual does not define have a row too: it says so and stops the VM. */
static const exit_handler handlers[EXIT_REASON_ROWS] = {
#define EXIT(number, name, l1, l2, wanted) [number] = l1,
#include "measure/exits.def"
#undef EXIT
	[35] = exit_unsupported,
	[38] = exit_unsupported,
	[42] = exit_unsupported,
	[65] = exit_unsupported,
	[EXIT_REASON_COUNT... EXIT_REASON_ROWS - 1] = exit_unsupported,
};

/* What there is to be counted; the reason. */
static inline __attribute__((always_inline)) uint32_t begin(struct vcpu *v)
{
	uint64_t now = rdtsc();
	uint32_t reason = (uint32_t)vmcs_read(VMCS_EXIT_REASON);

	counters_exit(&v->counters, reason % EXIT_REASON_ROWS, now);
	v->now = now + v->clock_offset;
	return reason;
}

static inline __attribute__((always_inline)) void answer(struct vcpu *v, uint32_t reason)
{
	if (v->level == 1) {
		handlers[reason % EXIT_REASON_ROWS](v);
	} else {
		counters_l2_left(&v->counters);
		vcpu_requeue_event(v);
		nested_exit(v, reason);
	}
}

void vcpu_exit(struct regs *regs)
{
	struct vcpu *v = (struct vcpu *)((uintptr_t)regs - __builtin_offsetof(struct vcpu, regs));

	answer(v, begin(v));
	entry_prepare(v);
}

/* Ticks of the guest's. */
#define OWN_COMES 1000

/* In direct mode L0 looks at the guest from time to time. */
static inline __attribute__((always_inline)) void bound_deadline(struct vcpu *v)
{
	uint64_t look = direct_next_look(v);

	if (v->direct.on && look < v->deadline && v->deadline > v->now)
		v->deadline = look > v->now ? look : v->now;
	/* It comes before the guest's next instruction, or is wanted no longer. */
	if (v->direct.own_requested && v->level == 1 && v->deadline > v->now + OWN_COMES)
		v->deadline = v->now + OWN_COMES;
}

static void mode_may_change(struct vcpu *v, uint32_t reason)
{
	if ((reason == EXIT_WRMSR || reason == EXIT_CR_ACCESS) && direct_may_change(v))
		vcpu_attend(v);
}

/* Entries of L2 have no time for it but the first: L1's preemption timer is set by then. */
static inline bool alarm_is_due(const struct vcpu *v)
{
	return v->alarm.served && (v->level == 1 || v->alarm.back);
}

static inline __attribute__((always_inline)) void enter_direct(struct vcpu *v)
{
	if (v->level != v->direct.level && direct_level_changed(v))
		vcpu_attend(v);
	if (v->now >= v->deadline)
		entry_attend_direct(v);
	if (alarm_is_due(v))
		alarm_lend(v);
	bound_deadline(v);
	entry_finish(v);
	/* An NMI that came since the exit has rung, and there will be no other: an exit at once. */
	if (cpu_take_rung(v->cpu))
		vmcs_write(VMCS_PREEMPTION_TIMER, 0);
}

void vcpu_exit_direct(struct regs *regs)
{
	struct vcpu *v = (struct vcpu *)((uintptr_t)regs - __builtin_offsetof(struct vcpu, regs));
	uint32_t reason = begin(v);

	if (v->alarm.lent)
		alarm_take_back(v);
	if (v->deadline)
		delay_count(&v->direct.delays.timer, v->deadline, v->now);
	if (!direct_concerns(v, reason) || !direct_exit(v, reason)) {
		answer(v, reason);
		mode_may_change(v, reason);
	} else if (v->level == 2) {
		counters_l2_left(&v->counters);
	}
	enter_direct(v);
	delay_exit(&v->direct.delays);
}

void vcpu_exit_shadowed(struct regs *regs)
{
	struct vcpu *v = (struct vcpu *)((uintptr_t)regs - __builtin_offsetof(struct vcpu, regs));

	shadow_paging_leave(v);
	vcpu_exit(regs);
	shadow_paging_enter(v);
	counters_enter_late(&v->counters);
}

/* Will the answer to this exit of L1 look at the LAPIC's vectors or at its priorities? */
static inline bool wants_lapic_state(const struct vcpu *v)
{
	uint64_t reason = vmcs_read(VMCS_EXIT_REASON);

	return reason == EXIT_VMLAUNCH || reason == EXIT_VMRESUME ||
	       (reason == EXIT_WRMSR && (uint32_t)v->regs.gpr[RCX] == MSR_APIC_BASE);
}

static inline void posted_leave(struct vcpu *v)
{
	const struct posted *p = &v->posted;

	if (v->alarm.lent)
		alarm_take_back(v);
	if (p->given ? wants_lapic_state(v) : posting_is_on(&p->posting))
		posted_leave_state(v);
}

/* Only L1 runs with a given state, and only a reset takes it away. */
static inline bool posted_as_before(const struct vcpu *v)
{
	if (!v->posted.given)
		return v->level == 2;
	return lapic_is_away(&v->lapic) && !lapic_has_arrivals(&v->lapic) && !halt_is_deaf(v);
}

/* The preemption timer is set already, most often as it should be. */
static void lend_alarm(struct vcpu *v)
{
	uint64_t deadline = v->deadline;

	alarm_lend(v);
	if (v->deadline != deadline)
		entry_set_timer(v);
	counters_enter_late(&v->counters);
}

/* Most often there is nothing to do, and these few instructions are the guest's. */
static inline void posted_enter(struct vcpu *v)
{
	if (!posted_as_before(v)) {
		posted_enter_state(v);
		counters_enter_late(&v->counters);
	}
	if (alarm_is_due(v))
		lend_alarm(v);
}

void vcpu_exit_posted(struct regs *regs)
{
	struct vcpu *v = (struct vcpu *)((uintptr_t)regs - __builtin_offsetof(struct vcpu, regs));

	posted_leave(v);
	vcpu_exit(regs);
	posted_enter(v);
}

/* VMX-instruction error: VMRESUME of a VMCS that was not launched yet. */
#define ERROR_NOT_LAUNCHED 5

/* What is done around the way of an exit. */
static __attribute__((cold, noinline)) void leave_guest(struct vcpu *v)
{
	if (v->exit_kind == EXIT_KIND_SHADOWED)
		shadow_paging_leave(v);
	else if (v->exit_kind == EXIT_KIND_POSTED)
		posted_leave(v);
}

static __attribute__((cold, noinline)) void enter_guest(struct vcpu *v)
{
	if (v->exit_kind == EXIT_KIND_SHADOWED)
		shadow_paging_enter(v);
	else
		posted_enter(v);
}

bool vcpu_entry_failed(struct regs *regs)
{
	struct vcpu *v = (struct vcpu *)((uintptr_t)regs - __builtin_offsetof(struct vcpu, regs));
	uint64_t error = vmcs_read(VMCS_INSTRUCTION_ERROR);

	if (error == ERROR_NOT_LAUNCHED)
		return true;
	if (v->exit_kind)
		leave_guest(v);
	if (!nested_entry_refused(v, error))
		vm_stop(v->vm, STOP_ERROR, 0, "the processor refused VMCS0%u with error %lu",
			v->level, error);
	if (v->exit_kind == EXIT_KIND_DIRECT) {
		if (v->alarm.lent)
			alarm_take_back(v);
		enter_direct(v);
		return false;
	}
	entry_prepare(v);
	if (v->exit_kind)
		enter_guest(v);
	return false;
}
