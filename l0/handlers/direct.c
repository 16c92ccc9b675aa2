// SPDX-License-Identifier: Apache-2.0
/* The modes of interrupts=eli: which one an entry has, and what changes with it. */
#include "handlers/direct.h"

#include "eli_apic.h"
#include "handlers/direct_internal.h"
#include "handlers/exits.h"
#include "handlers/msr_bitmap.h"
#include "hw/apic.h"
#include "hw/cpu.h"
#include "hw/x86.h"
#include "platform/lapic_direct.h"
#include "vcpu/events.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

/* WRMSR of the x2APIC's EOI register, in the MSR bitmap's half of writes. */
#define EOI_WORD (256 + X2APIC_EOI / 64)
#define EOI_BIT  (1ull << X2APIC_EOI % 64)

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

/* ---- what VMCS12 asks for ---- */

/* A shadow for L2 takes 14,000 ticks, and then EPT02 is to be dropped: a shorter look is no bound.
 */
#define L2_LOOK 20000

/*
 * An L2 can be direct if L1 gives it L1's own interrupts and LAPIC. What L0 answers in its place is
 * no step that a trap flag of L1's would count.
 */
static bool l2_may(const struct vcpu *v)
{
	const struct vmcs12 *v12 = &v->nested.cache.v;

	return v->vm->knobs.eli_look >= L2_LOOK && !(v12->pin_controls & PIN_EXTERNAL_INTERRUPT) &&
	       !(v12->proc_controls & PROC_MTF) &&
	       !(vmcs12_proc2(v12) & (PROC2_X2APIC | PROC2_APIC_ACCESSES));
}

/* Of the controls that direct mode changes, what the level that runs has of its own. */
struct asked {
	uint32_t proc2, exceptions;
	bool eoi;
};

static struct asked asked_by(const struct vcpu *v)
{
	const struct vmcs12 *v12 = &v->nested.cache.v;

	if (v->level == 1)
		return (struct asked){0};
	return (struct asked){
		.proc2 = vmcs12_proc2(v12),
		.exceptions = (uint32_t)v12->exception_bitmap,
		.eoi = msr_bitmap_l1_wants(v, X2APIC_EOI, true),
	};
}

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

static void write_bitmap(const struct vcpu *v, bool exit_eoi)
{
	uint64_t *bitmap = v->level == 1 ? (uint64_t *)v->msr_bitmap01 : v->nested.bitmap02;

	bitmap[EOI_WORD] = exit_eoi ? bitmap[EOI_WORD] | EOI_BIT : bitmap[EOI_WORD] & ~EOI_BIT;
}

/* Of the VMCS of the level that runs. */
static void write_controls(struct vcpu *v, const struct eli_controls *to)
{
	const struct asked asked = asked_by(v);
	const struct vm *vm = v->vm;

	vmcs_change(VMCS_PIN_CONTROLS, PIN_EXTERNAL_INTERRUPT,
		    to->exit_interrupt ? PIN_EXTERNAL_INTERRUPT : 0);
	vmcs_change(VMCS_PROC2_CONTROLS, PROC2_DESCRIPTOR_TABLE,
		    (to->direct ? vmx_allowed1(vm->hw_caps.proc2) : asked.proc2) &
			    PROC2_DESCRIPTOR_TABLE);
	vmcs_write(VMCS_EXCEPTION_BITMAP,
		   v->nested.l0.exception_bitmap | asked.exceptions | (to->direct ? FAULTS : 0));
	write_bitmap(v, to->exit_eoi || asked.eoi);
	if (v->level == 1)
		vmcs_write(VMCS_EPT_POINTER,
			   ept01_eptp(to->direct ? &v->direct.table[0].ept01 : &vm->ept01));
	else
		v->direct.vmcs02 = to->direct;
}

static void set_priority(struct direct *d, uint8_t tpr)
{
	if (d->tpr != tpr)
		apic_set_priority(tpr);
	d->tpr = tpr;
}

/* It changes. */
static void count_mode(struct vcpu *v)
{
	struct delays *d = &v->direct.delays;

	if (v->direct.on) {
		d->direct += v->now - d->begun;
		d->ended++;
	}
	d->begun = v->now;
}

static void set_mode(struct vcpu *v, bool direct)
{
	struct direct *d = &v->direct;

	if (d->on != direct)
		count_mode(v);
	d->on = direct;
	d->concerns = direct ? CONCERNS_DIRECT : CONCERNS_INJECTION;
}

static void switch_to(struct vcpu *v, const struct eli_controls *to)
{
	struct direct *d = &v->direct;
	bool changes = d->on != to->direct;

	if (changes && d->on)
		leave_service(v);
	if (changes || d->stale)
		write_controls(v, to);
	if (changes)
		d->guard.looked = v->now;
	set_mode(v, to->direct);
	d->stale = false;
	set_priority(d, to->tpr);
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

	return direct_idt_fits(v) && v->now >= d->hold && lapic_direct_able(&v->lapic) &&
	       !eli_guard_rests(&d->guard, v->now);
}

/* Is it an interrupt or INT n, and is its gate one that the shadow masks? */
static bool is_masked(struct vcpu *v, uint32_t info)
{
	unsigned type = (info & EVENT_TYPE) >> EVENT_TYPE_SHIFT;

	return (info & EVENT_VALID) &&
	       (type == EVENT_EXTERNAL || type == EVENT_SOFTWARE_INTERRUPT) &&
	       !eli_gate_open(&direct_idt(&v->direct, v->level)->open, (uint8_t)info);
}

/* What comes again, or what L1 has its L2 get with the entry. */
static bool event_masked(struct vcpu *v)
{
	return is_masked(v, v->events.redo.info) ||
	       (v->level == 2 && is_masked(v, (uint32_t)vmcs_read(VMCS_ENTRY_INTERRUPTION_INFO)));
}

static struct eli_controls decide(struct vcpu *v)
{
	const struct direct *d = &v->direct;
	const struct eli_entry entry = {
		.way = d->way,
		.able = is_able(v),
		.x2apic = lapic_x2apic(&v->lapic),
		.masked_event = event_masked(v),
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

	if (d->on && (stale || v->now >= direct_next_look(v)))
		look(v);
	if (d->own_requested && !own_is_requested(v)) {
		d->own_requested = false;
		delay_answered(&d->delays, v->now);
	}
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
	if (eli_hand_over(to, &direct_idt(&v->direct, 1)->open, vector, vcpu_takes_interrupt(v)))
		return true;
	send_back(v, vector);
	return false;
}

/* ---- from level to level ---- */

/* May VMCS02 be as direct mode had it, or has the L2 that comes an L1 that lets it? */
static bool concerns(const struct vcpu *v)
{
	return v->direct.on || (v->level == 2 && (v->direct.vmcs02 || l2_may(v)));
}

bool direct_level_changed(struct vcpu *v)
{
	if (concerns(v))
		return true;
	v->direct.level = (uint8_t)v->level;
	return false;
}

/*
 * The other level's VMCS is current. VMCS01 was left for injection mode at VMLAUNCH; VMCS02 may be
 * as any entry had it, or half of it merged anew. No entry in injection mode is between, so L0's
 * own interrupts are looked for: a guest that goes up and down all the time keeps them from coming,
 * and no look is ever due.
 */
static void follow(struct vcpu *v)
{
	struct direct *d = &v->direct;

	if (d->level == v->level)
		return;
	d->level = (uint8_t)v->level;
	d->stale = v->level == 2;
	d->own_requested = own_is_requested(v);
	if (d->on)
		leave_service(v);
	set_mode(v, false);
	set_priority(d, 0);
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
static bool may_stay(struct vcpu *v)
{
	return is_able(v) && !v->lapic.isr.summary && !v->direct.own_requested &&
	       !event_masked(v) && !platform_extint_pending(&v->vm->platform, v->id);
}

static void send_word(const struct vcpu *v, unsigned n, uint32_t word)
{
	for (; word; word &= word - 1)
		apic_send(v->cpu->apic_id, (uint8_t)(n * 32 + (unsigned)__builtin_ctz(word)));
}

static bool may_give(struct vcpu *v)
{
	const struct lapic *l = &v->lapic;

	for (uint32_t words = lapic_direct_requests(l); words; words &= words - 1) {
		unsigned n = (unsigned)__builtin_ctz(words);

		if (!eli_may_give(&direct_idt(&v->direct, v->level)->open, n, l->irr.word[n],
				  l->tmr[n]))
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

/* In its own words: the gates of L2's shadow, which it sees in both modes. */
static void lift_gates(struct vcpu *v)
{
	struct eli_idt *idt = direct_idt(&v->direct, 2);

	if (idt->pages && idt->lifted == v->direct.on)
		eli_idt_lift(idt, !v->direct.on);
}

void direct_enter_l2(struct vcpu *v)
{
	struct eli_controls to = injection;

	follow(v);
	if (l2_may(v) && (!emulates(v) || give_requests(v))) {
		look_after(v);
		to = decide(v);
	}
	switch_to(v, &to);
	lift_gates(v);
}

void direct_enter(struct vcpu *v)
{
	uint8_t arrived = v->direct.arrived;

	v->direct.arrived = 0;
	follow(v);
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
