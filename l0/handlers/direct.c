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

/*
 * Exits that direct_exit() is to see. In direct mode: what a delivery can end in (SDM 28.2.4), and
 * instructions that look at the whole LAPIC, or at the tables.
 */
#define EXIT_BIT(reason) (UINT64_C(1) << (reason))
#define CONCERNS_INJECTION                                                                         \
	(EXIT_BIT(EXIT_EXCEPTION_NMI) | EXIT_BIT(EXIT_EXTERNAL_INTERRUPT) |                        \
	 EXIT_BIT(EXIT_EPT_VIOLATION))
#define CONCERNS_DIRECT                                                                            \
	(CONCERNS_INJECTION | EXIT_BIT(EXIT_TASK_SWITCH) | EXIT_BIT(EXIT_EPT_MISCONFIG) |          \
	 EXIT_BIT(EXIT_GDTR_IDTR) | EXIT_BIT(EXIT_LDTR_TR) | EXIT_BIT(EXIT_RDMSR) |                \
	 EXIT_BIT(EXIT_WRMSR) | EXIT_BIT(EXIT_VMLAUNCH) | EXIT_BIT(EXIT_VMRESUME))

/* ---- what a mode is ---- */

/* A line of the 8259s that the guest took, by a table without a shadow: no APIC knows of it. */
static int line_taken(const struct vcpu *v)
{
	return v->cpu->number ? -1 : irq_in_service();
}

/* L0 answers its own that the guest took, if there is one, or it would not come again. */
static void take_back(struct vcpu *v, int vector)
{
	if (vector < 0)
		return;
	eli_guard_count(&v->direct.guard, ELI_TROUBLE_LOST, v->now);
	exits_take_own(v, (unsigned)vector);
}

/* Its priority is that of what is in service, or of the task if that is as high. */
static bool serves_nothing(const struct direct *d)
{
	return !d->tpr && !apic_priority();
}

/* What was in service in the processor is so in the LAPIC, with as many EOIs. */
static __attribute__((noinline)) void take_service(struct vcpu *v)
{
	struct eli_vectors service, moved, found;
	unsigned count;

	apic_read_service(service.word);
	count = eli_move(&service, &direct_own, &moved, &found);
	while (count--)
		apic_eoi();
	lapic_direct_serve(&v->lapic, moved.word);
	take_back(v, eli_vectors_highest(&found));
}

static void leave_service(struct vcpu *v)
{
	if (!serves_nothing(&v->direct))
		take_service(v);
	take_back(v, line_taken(v));
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
			leave_service(v);
		write_controls(v, to);
		d->guard.looked = v->now;
		d->on = to->direct;
		d->concerns = d->on ? CONCERNS_DIRECT : CONCERNS_INJECTION;
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

static const struct eli_controls injection = {.exit_interrupt = true, .exit_eoi = true};

void direct_leave(struct vcpu *v)
{
	switch_to(v, &injection);
	vcpu_attend(v);
}

void direct_begin(struct vcpu *v)
{
	v->direct.concerns = CONCERNS_INJECTION;
	cpu_ring_by_nmi(v->cpu);
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
	if (own_in(&service) || line_taken(v) >= 0)
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
	for (unsigned n = ELI_VECTOR_WORDS; n-- > least / 32;) {
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

/*
 * May this entry inject an interrupt that the guest has seen to come after one of the processor's?
 * When a window opened it has seen nothing since interrupts exit at once.
 */
static bool may_overtake(const struct vcpu *v)
{
	const struct events *e = &v->events;

	return !(e->fault.info | e->redo.info) && !v->lapic.nmi_pending &&
	       (vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_IF) &&
	       vmcs_read(VMCS_EXIT_REASON) != EXIT_INTERRUPT_WINDOW;
}

static void deliver(struct vcpu *v)
{
	if (!vcpu_event_pending(v))
		return;
	if (may_overtake(v) && processor_first(v))
		deliver_nothing(v);
	else
		vcpu_deliver_own(v);
}

/* It stays in service in the processor, where the guest ends it. */
static void hand_over(struct vcpu *v, uint8_t vector)
{
	deliver_nothing(v);
	vmcs_write(VMCS_ENTRY_INTERRUPTION_INFO, EVENT_VALID | (uint32_t)vector);
}

/* What the exit acknowledged is the LAPIC's. */
static void send_back(struct vcpu *v, uint8_t vector)
{
	apic_eoi();
	lapic_direct_request(&v->lapic, vector);
}

/* What the exit acknowledged: true if it goes on to the guest as it is. */
static bool goes_on(struct vcpu *v, const struct eli_controls *to, uint8_t vector)
{
	if (eli_hand_over(to, &v->direct.idt.open, vector, vcpu_takes_interrupt(v)))
		return true;
	send_back(v, vector);
	return false;
}

/* The LAPIC has an interrupt to deliver, or one in service: nothing else counts. */
static void inject(struct vcpu *v)
{
	switch_to(v, &injection);
	deliver(v);
}

static bool emulates(const struct vcpu *v)
{
	return vcpu_interrupt_pending(v) || v->lapic.isr.summary;
}

static __attribute__((noinline)) void choose(struct vcpu *v, uint8_t arrived)
{
	struct eli_controls to;

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

/* Is direct mode possible but for what the LAPIC has requested? */
static bool may_stay(const struct vcpu *v)
{
	return is_able(v) && !v->lapic.isr.summary && !v->direct.own_requested && !redo_masked(v) &&
	       !platform_extint_pending(&v->vm->platform, v->id);
}

static void send_word(const struct vcpu *v, unsigned n, uint32_t word)
{
	for (; word; word &= word - 1)
		apic_send(v->cpu->apic_id, (uint8_t)(n * 32 + (unsigned)__builtin_ctz(word)));
}

static bool may_give(const struct vcpu *v)
{
	const struct lapic *l = &v->lapic;

	for (uint32_t words = lapic_direct_requests(l); words; words &= words - 1) {
		unsigned n = (unsigned)__builtin_ctz(words);

		if (!eli_may_give(&v->direct.idt.open, n, l->irr.word[n], l->tmr[n]))
			return false;
	}
	return true;
}

/*
 * What L0 emulates goes the way of a function's message: the processor delivers it, and its end
 * does not exit either. Only edge-triggered ones, whose gates are open; the next of its kind will
 * be.
 */
static bool give_requests(struct vcpu *v)
{
	struct lapic *l = &v->lapic;

	if (!may_stay(v))
		return false;
	if (!may_give(v)) {
		direct_want(&v->direct, (uint8_t)lapic_pending(l));
		return false;
	}
	for (uint32_t words = lapic_direct_requests(l); words; words &= words - 1) {
		unsigned n = (unsigned)__builtin_ctz(words);

		send_word(v, n, lapic_direct_give(l, n));
	}
	return true;
}

void direct_enter(struct vcpu *v)
{
	uint8_t arrived = v->direct.arrived;

	v->direct.arrived = 0;
	if (!emulates(v)) {
		choose(v, arrived);
		return;
	}
	if (arrived)
		send_back(v, arrived);
	if (give_requests(v))
		choose(v, 0);
	else
		inject(v);
}
