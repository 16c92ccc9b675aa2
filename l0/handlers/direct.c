// SPDX-License-Identifier: Apache-2.0
/* The modes of interrupts=eli: which one an entry has, and what changes with it. */
#include "handlers/direct.h"

#include "eli_apic.h"
#include "handlers/direct_internal.h"
#include "handlers/exits.h"
#include "hw/apic.h"
#include "hw/cpu.h"
#include "hw/x86.h"
#include "platform/lapic_direct.h"
#include "vcpu/events.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

/* WRMSR of the x2APIC's EOI register, in the MSR bitmap's half of writes. */
#define EOI_WORD (256 + MSR_X2APIC_FIRST / 64)
#define EOI_BIT  (1ull << 0x0b)

#define FAULTS (1u << VECTOR_NP | 1u << VECTOR_GP)

/* ---- what a mode is ---- */

/* L0's own that the guest took by a table without a shadow; the 8259s' is no APIC's to know. */
static int stolen(const struct vcpu *v, const struct eli_vectors *service)
{
	const struct eli_vectors own = eli_vectors_both(service, &direct_own);
	int vector = eli_vectors_highest(&own);

	return vector >= 0 || v->cpu->number ? vector : irq_in_service();
}

/* L0 answers it, or its line would be silent from now on. */
static void take_back(struct vcpu *v, const struct eli_vectors *service)
{
	int vector = stolen(v, service);

	if (vector < 0)
		return;
	eli_guard_count(&v->direct.guard, ELI_TROUBLE_LOST, v->now);
	exits_take_own(v, (unsigned)vector);
}

/* What was in service in the processor is so in the LAPIC, with as many EOIs. */
static void take_service(struct vcpu *v)
{
	struct eli_vectors service, moved, found;
	unsigned count;

	apic_read_service(service.word);
	count = eli_move(&service, &direct_own, &moved, &found);
	while (count--)
		apic_eoi();
	lapic_direct_serve(&v->lapic, moved.word);
	take_back(v, &service);
}

static void write_controls(struct vcpu *v, const struct eli_controls *to)
{
	uint64_t *bitmap = (uint64_t *)v->msr_bitmap01;
	const struct vm *vm = v->vm;

	vmcs_change(VMCS_PIN_CONTROLS, PIN_EXTERNAL_INTERRUPT,
		    to->exit_interrupt ? PIN_EXTERNAL_INTERRUPT : 0);
	vmcs_change(VMCS_PROC2_CONTROLS, PROC2_DESCRIPTOR_TABLE,
		    to->direct ? vmx_allowed1(vm->hw_caps.proc2) & PROC2_DESCRIPTOR_TABLE : 0);
	vmcs_write(VMCS_EXCEPTION_BITMAP,
		   v->nested.l0.exception_bitmap | (to->direct ? FAULTS : 0));
	vmcs_write(VMCS_EPT_POINTER, ept01_eptp(to->direct ? &v->direct.ept01 : &vm->ept01));
	bitmap[EOI_WORD] = to->exit_eoi ? bitmap[EOI_WORD] | EOI_BIT : bitmap[EOI_WORD] & ~EOI_BIT;
}

static void switch_to(struct vcpu *v, const struct eli_controls *to)
{
	struct direct *d = &v->direct;

	if (d->on != to->direct) {
		if (d->on)
			take_service(v);
		write_controls(v, to);
		d->guard.looked = v->now;
		d->on = to->direct;
	}
	if (d->tpr != to->tpr)
		apic_set_priority(to->tpr);
	d->tpr = to->tpr;
}

/* To the next entry that looks at events after it. */
#define HOLD 2000

void direct_hold(struct vcpu *v)
{
	v->direct.hold = v->now + HOLD;
	direct_leave(v);
}

void direct_leave(struct vcpu *v)
{
	static const struct eli_controls injection = {.exit_interrupt = true, .exit_eoi = true};

	switch_to(v, &injection);
	vcpu_attend(v);
}

/* ---- which one ---- */

bool direct_runs_l1(const struct vcpu *v)
{
	return v->level == 1 && !lapic_waits(&v->lapic) && !v->nested.asleep;
}

static bool is_able(const struct vcpu *v)
{
	const struct direct *d = &v->direct;

	return d->stands && v->now >= d->hold && lapic_direct_able(&v->lapic) &&
	       !eli_guard_rests(&d->guard, v->now);
}

/* An interrupt or INT n whose delivery comes again, and whose gate the shadow masks. */
static bool redo_masked(const struct vcpu *v)
{
	uint32_t info = v->events.redo.info;
	unsigned type = (info & EVENT_TYPE) >> EVENT_TYPE_SHIFT;

	return info && (type == EVENT_EXTERNAL || type == EVENT_SOFTWARE_INTERRUPT) &&
	       !eli_gate_open(&v->direct.idt.open, (uint8_t)info);
}

static struct eli_controls decide(const struct vcpu *v)
{
	const struct direct *d = &v->direct;
	const struct eli_entry entry = {
		.way = d->way,
		.able = is_able(v),
		.x2apic = lapic_x2apic(&v->lapic),
		.masked_event = redo_masked(v),
		.virtual_due = vcpu_interrupt_pending(v),
		.virtual_service = v->lapic.isr.summary,
		.own_requested = d->own_requested,
		.tpr = (uint8_t)v->lapic.tpr,
	};

	return eli_decide(&entry);
}

/* ---- guards ---- */

static bool own_in(const struct eli_vectors *set)
{
	struct eli_vectors own = eli_vectors_both(set, &direct_own);

	return eli_vectors_highest(&own) >= 0;
}

/* Of the local APIC, or of the 8259s, which it knows nothing of. */
static bool own_waits(const struct vcpu *v, const struct eli_vectors *requests)
{
	return own_in(requests) || (!v->cpu->number && irq_requested());
}

static bool own_is_requested(const struct vcpu *v)
{
	struct eli_vectors requests;

	apic_read_requests(requests.word);
	return own_waits(v, &requests);
}

/* What of L0's own waits since the look before, at the earliest. */
static void find_own(struct vcpu *v, const struct eli_vectors *requests)
{
	struct direct *d = &v->direct;

	d->own_requested = own_waits(v, requests);
	if (d->own_requested)
		d->delays.unanswered = d->guard.looked;
	else
		delay_count(&d->delays.interrupt, d->guard.looked, v->now);
}

/*
 * What the guest keeps from L0, with interrupts off or without an end. What L0's own would have to
 * wait for comes behind it: pages looked up, a shadow made.
 */
static __attribute__((noinline)) void look(struct vcpu *v)
{
	struct direct *d = &v->direct;
	struct eli_vectors service, requests;
	struct eli_half half;

	apic_read_service(service.word);
	apic_read_requests(requests.word);
	if (stolen(v, &service) >= 0)
		eli_guard_count(&d->guard, ELI_TROUBLE_LOST, v->now);
	find_own(v, &requests);
	half = eli_half(&requests, &service, &direct_own);
	eli_guard_look(&d->guard, &half, v->now);
	if (!d->own_requested)
		direct_idt_look(v);
}

static void look_after(struct vcpu *v)
{
	struct direct *d = &v->direct;
	bool stale = direct_idt_stale(v);

	if (d->on && (stale || eli_guard_due(&d->guard, v->now)))
		look(v);
	if (d->own_requested)
		d->own_requested = own_is_requested(v);
	if (stale && !d->own_requested)
		direct_idt_refresh(v);
}

/* ---- an entry ---- */

/* The highest vector that the processor has requested, of @least's word or above; -1: none. */
static int requested_from(unsigned least)
{
	for (unsigned n = 8; n-- > least / 32;) {
		uint32_t word = apic_request_word(n) & ~direct_own.word[n];

		if (word)
			return (int)(n * 32 + 31 - (unsigned)__builtin_clz(word));
	}
	return -1;
}

/* Would one APIC with all requests deliver one of the processor's next? It comes by an exit. */
static bool processor_first(const struct vcpu *v)
{
	int pending = lapic_pending(&v->lapic);
	struct eli_view view = {.physical.service = -1, .virtual = {pending, -1}};

	if (pending < 0)
		return false;
	view.physical.pending = requested_from((unsigned)pending);
	view.tpr = (uint8_t)v->lapic.tpr;
	return eli_first(&view) == ELI_PHYSICAL;
}

/* Nothing is injected, and no window opens, which would exit before that interrupt for ever. */
static void deliver_nothing(struct vcpu *v)
{
	vcpu_deliver(v, (struct event_pick){.inject = INJECT_NOTHING});
}

static void deliver(struct vcpu *v)
{
	const struct events *e = &v->events;

	if (!vcpu_event_pending(v))
		return;
	if (!(e->fault.info | e->redo.info) && !v->lapic.nmi_pending && processor_first(v))
		deliver_nothing(v);
	else
		vcpu_deliver(v, vcpu_pick_event(v));
}

/* It stays in service in the processor, where the guest ends it. */
static void hand_over(struct vcpu *v, uint8_t vector)
{
	deliver_nothing(v);
	vmcs_write(VMCS_ENTRY_INTERRUPTION_INFO, EVENT_VALID | (uint32_t)vector);
}

/* What the exit acknowledged: true if it goes on to the guest as it is. */
static bool goes_on(struct vcpu *v, const struct eli_controls *to, uint8_t vector)
{
	if (eli_hand_over(to, &v->direct.idt.open, vector, vcpu_takes_interrupt(v)))
		return true;
	apic_eoi();
	lapic_direct_request(&v->lapic, vector);
	return false;
}

void direct_enter(struct vcpu *v)
{
	struct direct *d = &v->direct;
	uint8_t arrived = d->arrived;
	struct eli_controls to;

	d->arrived = 0;
	look_after(v);
	to = decide(v);
	if (arrived && !goes_on(v, &to, arrived)) {
		arrived = 0;
		to = decide(v);
	}
	switch_to(v, &to);
	if (arrived)
		hand_over(v, arrived);
	else
		deliver(v);
}
