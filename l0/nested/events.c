// SPDX-License-Identifier: Apache-2.0
/* What L1 gets of the events that come while L2 has the processor. */
#include "check.h"
#include "nested/nested.h"
#include "nested/vmfail.h"
#include "vcpu/events.h"
#include "vcpu/notify.h"
#include "vcpu/vcpu.h"
#include "hw/x86.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

/* An exception that L0 made for L2, as the exit that L1 asked for. */
static void reflect_fault(struct vcpu *v)
{
	struct event *fault = &v->events.fault;
	struct vmx_exit e = {
		.reason = EXIT_EXCEPTION_NMI,
		.interruption_info = fault->info,
		.interruption_error = fault->error,
		.instruction_length = fault->length,
		.qualification = fault->payload,
	};

	fault->info = 0;
	nested_reflect(v, &e);
}

static void reflect_nmi(struct vcpu *v)
{
	struct vmx_exit e = {
		.reason = EXIT_EXCEPTION_NMI,
		.interruption_info = EVENT_VALID | EVENT_NMI << EVENT_TYPE_SHIFT | VECTOR_NMI,
	};

	vcpu_nmi_ack(v);
	nested_reflect(v, &e);
	/* The exit blocks NMIs as their delivery would have (SDM 28.5.5). */
	nested_block_nmi();
}

static void reflect_interrupt(struct vcpu *v)
{
	struct vmx_exit e = {.reason = EXIT_EXTERNAL_INTERRUPT};

	/* Without acknowledge-on-exit L1 finds it pending and takes it when it opens IF. */
	if (v->nested.cache.v.exit_controls & EXIT_ACK_INTERRUPT) {
		int vector = vcpu_interrupt_ack(v);

		if (vector < 0)
			return;
		e.interruption_info = EVENT_VALID | (uint32_t)vector;
	}
	nested_reflect(v, &e);
}

static void reflect_sipi(struct vcpu *v)
{
	struct vmx_exit e = {
		.reason = EXIT_SIPI,
		.qualification = lapic_take_sipi(&v->lapic),
	};

	nested_reflect(v, &e);
}

/* Exits that say no more than their reason. */
static void reflect_plain(struct vcpu *v, enum event_reflect what)
{
	static const uint32_t reason[REFLECT_KINDS] = {
		[REFLECT_TPR] = EXIT_TPR_BELOW_THRESHOLD,
		[REFLECT_INIT] = EXIT_INIT,
		[REFLECT_TIMER] = EXIT_PREEMPTION_TIMER,
		[REFLECT_NMI_WINDOW] = EXIT_NMI_WINDOW,
		[REFLECT_INTERRUPT_WINDOW] = EXIT_INTERRUPT_WINDOW,
	};
	struct vmx_exit e = {.reason = reason[what]};

	if (what == REFLECT_INIT)
		lapic_drop_init(&v->lapic);
	nested_reflect(v, &e);
}

static void reflect(struct vcpu *v, enum event_reflect what)
{
	switch (what) {
	case REFLECT_FAULT:
		reflect_fault(v);
		return;
	case REFLECT_NMI:
		reflect_nmi(v);
		return;
	case REFLECT_INTERRUPT:
		reflect_interrupt(v);
		return;
	case REFLECT_SIPI:
		reflect_sipi(v);
		return;
	default:
		reflect_plain(v, what);
	}
}

/*
 * L1 has got its exit, or VTPR is right again, unless an event must be delivered first: for that
 * entry the processor must not look.
 */
static void answer_refusal(struct vcpu *v, bool deliver_first)
{
	struct vmcs12_cache *c = &v->nested.cache;

	v->events.refused_vtpr = deliver_first;
	if (v->level != 2)
		return;
	vmcs_write(VMCS_TPR_THRESHOLD, deliver_first ? 0 : c->v.tpr_threshold & 0xf);
	c->dirty |= DIRTY_INTERRUPTS; /* should L2 leave in another way before it is put right */
}

bool nested_events(struct vcpu *v)
{
	struct event_pick pick;

	if (v->events.exits) {
		v->events.exits = false;
		nested_reflect(v, &v->events.exit);
		return false;
	}
	if (!vcpu_event_pending(v))
		return false;
	pick = vcpu_pick_event(v);
	if (pick.reflect == REFLECT_INTERRUPT && notify_take(v))
		pick = vcpu_pick_event(v);
	if (pick.reflect)
		reflect(v, pick.reflect);
	else
		vcpu_deliver(v, pick);
	if (v->events.refused_vtpr)
		answer_refusal(v, pick.exit_at_once);
	return pick.exit_at_once;
}

/* VTPR found right again after so many refusals in a row is no accident: the mistake is L0's. */
#define REFUSALS_MAX 1000

/*
 * Was it VTPR for which the processor refused this entry? Another processor of L1's may have put it
 * right since, so that what L0 reads now says nothing.
 */
static bool refused_for_vtpr(struct vcpu *v)
{
	const struct vmcs12 *v12 = &v->nested.cache.v;
	struct events *e = &v->events;

	if (vcpu_vtpr_below(v))
		return true;
	if (!vmcs12_wants_vtpr(v12) || !(v12->tpr_threshold & 0xf))
		return false;
	if (e->refused_at != v->now)
		e->refusals = 0;
	e->refused_at = v->now;
	return e->refusals++ < REFUSALS_MAX;
}

/*
 * VTPR below the threshold forbids an entry (SDM 27.2.1.1), and L2 may lower it by a store that no
 * exit reports; so may another processor of L1's between L0's check of an entry and the entry. The
 * one is what exit 43 tells, at the resume that cannot be, the other a VMfail.
 */
bool nested_entry_refused(struct vcpu *v, uint64_t error)
{
	struct nested *n = &v->nested;

	if (v->level != 2 || error != VMERR_CONTROLS || !refused_for_vtpr(v))
		return false;
	if (v->events.entry_asked) {
		v->events.entry_asked = false;
		n->merged = false;
		n->timer12 = TIMER12_NONE;
		vcpu_switch(v, 1);
		vmfail(v, VMERR_CONTROLS);
		return true;
	}
	vcpu_take_back_event(v);
	v->events.refused_vtpr = true;
	vcpu_attend(v);
	return true;
}
