// SPDX-License-Identifier: Apache-2.0
#include "host.h"
#include <string.h>

void host_init(struct host *h, struct cpu *guest, struct memory *memory)
{
	static const struct eli_guard_knobs knobs = {16, 3, 40, 400};

	memset(h, 0, sizeof(*h));
	h->guest = guest;
	h->now.exit_interrupt = h->now.exit_eoi = true;
	h->vmcs.exit_interrupt = true;
	shadow_init(&h->shadow, memory);
	eli_guard_init(&h->guard, &knobs, 0);
}

static struct eli_idt *idt_of(struct host *h)
{
	return &h->shadow.idt;
}

/* ---- modes ---- */

/* What an interrupt of the processor's that reached L0 is: L0's own, or the guest's. */
static void post(struct host *h, uint8_t vector)
{
	if (eli_vectors_has(&h->l0, vector))
		h->taken++;
	else
		apic_raise(&h->virtual, vector);
}

/* Has the processor one of L0's own among these? */
static bool own_in(const struct host *h, const bool bits[256])
{
	struct eli_vectors set = apic_words(bits), own = eli_vectors_both(&set, &h->l0);

	return eli_vectors_highest(&own) >= 0;
}

static void leave_direct(struct host *h)
{
	struct eli_vectors service = apic_words(h->guest->apic.isr), moved, found;
	unsigned count = eli_move(&service, &h->l0, &moved, &found);

	h->left++;
	while (count--)
		apic_eoi(&h->guest->apic);
	for (unsigned v = 0; v < 256; v++) {
		if (eli_vectors_has(&moved, (uint8_t)v))
			h->virtual.isr[v] = true;
		h->taken += eli_vectors_has(&found, (uint8_t)v);
	}
	if (eli_vectors_highest(&found) >= 0)
		eli_guard_count(&h->guard, ELI_TROUBLE_LOST, h->time);
}

static bool redo_masked(const struct host *h)
{
	unsigned type = (h->redo.info & EVENT_TYPE) >> EVENT_TYPE_SHIFT;

	return h->redo.info && (type == EVENT_EXTERNAL || type == EVENT_SOFTWARE_INTERRUPT) &&
	       !eli_gate_open(&h->open, (uint8_t)h->redo.info);
}

static struct eli_controls decide(const struct host *h)
{
	const struct eli_entry entry = {
		.way = h->way,
		.able = h->shadow.idt.pages && !eli_guard_rests(&h->guard, h->time),
		.x2apic = h->x2apic,
		.masked_event = redo_masked(h),
		.virtual_due = apic_next(&h->virtual) >= 0,
		.own_requested = h->own_requested,
		.virtual_service = apic_half(&h->virtual, &(struct eli_vectors){{0}}).service >= 0,
		.tpr = h->virtual.tpr,
	};

	return eli_decide(&entry);
}

static void map_pages(struct host *h)
{
	const struct eli_idt *idt = idt_of(h);

	for (unsigned i = 0; i < MEMORY_FRAMES; i++)
		h->guest->sees[i] = h->shadow.memory->frame[i];
	for (unsigned i = 0; h->now.direct && i < idt->pages; i++)
		h->guest->sees[(idt->page[i].gpa - MEMORY_GPA) / ELI_PAGE_SIZE] =
			idt->page[i].shadow;
}

static void switch_to(struct host *h, const struct eli_controls *to)
{
	if (h->now.direct && !to->direct)
		leave_direct(h);
	h->direct += to->direct;
	h->now = *to;
	map_pages(h);
	h->guest->apic.tpr = to->tpr;
	h->vmcs.exit_interrupt = to->exit_interrupt;
	h->vmcs.exit_faults = to->direct;
	h->guest->idt_base = h->idt_base;
	h->guest->idt_limit = to->direct && h->cuts ? eli_idt_limit(idt_of(h)) : h->idt_limit;
}

/*
 * L0 never takes an interrupt by itself: what the processor has requested is an exit right after
 * the entry. If one APIC would deliver that first, this entry injects nothing.
 */
static bool physical_first(const struct host *h)
{
	struct eli_view view = {
		.virtual = apic_half(&h->virtual, &(struct eli_vectors){{0}}),
		.physical = apic_half(&h->guest->apic, &h->l0),
		.tpr = h->virtual.tpr,
	};

	return eli_first(&view) == ELI_PHYSICAL;
}

/* What the entry delivers, and whether L0 wants to know when the guest can take more. */
static void inject(struct host *h)
{
	bool first = physical_first(h);

	if (!h->vmcs.entry.info && h->redo.info) {
		h->vmcs.entry = h->redo;
		h->redo.info = 0;
	}
	if (!h->vmcs.entry.info && !first && apic_next(&h->virtual) >= 0 && h->guest->interrupts)
		h->vmcs.entry = event_of(EVENT_EXTERNAL, apic_take(&h->virtual));
	/* The window would come before the interrupt, again and again (26.2). */
	h->vmcs.window = !first && apic_next(&h->virtual) >= 0;
}

static void prepare_entry(struct host *h)
{
	struct eli_controls to;

	h->own_requested = h->own_requested && own_in(h, h->guest->apic.irr);
	to = decide(h);
	switch_to(h, &to);
	inject(h);
}

/* ---- exits ---- */

static void exit_interrupt(struct host *h)
{
	uint8_t vector = (uint8_t)h->vmcs.exit.info;
	struct eli_controls to = decide(h);

	if (eli_hand_over(&to, &h->open, vector, h->guest->interrupts && !h->redo.info)) {
		h->vmcs.entry = event_of(EVENT_EXTERNAL, vector);
		h->handed++;
		return;
	}
	apic_eoi(&h->guest->apic);
	post(h, vector);
}

static void count(struct host *h, enum eli_trouble what)
{
	eli_guard_count(&h->guard, what, h->time);
}

/* The event that the exit interrupted, or the exception that it is, comes to the guest. */
static void give_back(struct host *h, enum reason why)
{
	const struct eli_exit *exit = &h->vmcs.exit;

	if (why == EXCEPTION) {
		h->redo = (struct event){exit->info, exit->error, 0};
		count(h, ELI_TROUBLE_GATE);
	} else {
		h->redo = (struct event){exit->vectoring, h->vmcs.vectoring_error, exit->length};
	}
}

static void exit_delivery(struct host *h, enum reason why)
{
	struct eli_answer answer = {.kind = ELI_GUESTS};

	if (h->now.direct)
		answer = eli_answer(idt_of(h), &h->l0, &h->vmcs.exit);
	h->kind[answer.kind]++;
	if (answer.clear_rf) {
		h->guest->rf_lost += h->vmcs.rf;
		h->guest->rf = false;
	}
	switch (answer.kind) {
	case ELI_GUESTS:
		give_back(h, why);
		break;
	case ELI_POST:
		count(h, ELI_TROUBLE_STRAY);
		/* fall through */
	case ELI_L0:
		apic_eoi(&h->guest->apic);
		post(h, answer.vector);
		break;
	case ELI_SOFTWARE:
		count(h, ELI_TROUBLE_SOFTWARE);
		h->redo = event_of(EVENT_SOFTWARE_INTERRUPT, answer.vector);
		h->redo.length = answer.length;
	}
}

void host_exit(struct host *h, enum reason why)
{
	if (why == INTERRUPT)
		exit_interrupt(h);
	else if (why == EXCEPTION || why == VIOLATION)
		exit_delivery(h, why);
}

void host_run(struct host *h, bool kick)
{
	enum reason why;

	if (kick)
		prepare_entry(h);
	while ((why = cpu_run(h->guest)) != RUNS) {
		host_exit(h, why);
		prepare_entry(h);
	}
}

/* Another IDT under the guest's IDTR, by its page tables. */
static void look_for_idt(struct host *h)
{
	if (!eli_idt_moved(idt_of(h), h->idt_base, h->idt_limit))
		return;
	count(h, ELI_TROUBLE_MOVE);
	eli_idt_make(idt_of(h), h->idt_base, h->idt_limit, &h->open);
}

bool host_look(struct host *h)
{
	struct eli_half half;

	if (!h->now.direct || !eli_guard_due(&h->guard, h->time))
		return false;
	look_for_idt(h);
	if (own_in(h, h->guest->apic.isr))
		count(h, ELI_TROUBLE_LOST);
	h->own_requested = own_in(h, h->guest->apic.irr);
	half = apic_half(&h->guest->apic, &h->l0);
	eli_guard_look(&h->guard, &half, h->time);
	return true;
}

void host_write_eoi(struct host *h)
{
	struct eli_view view = {
		.virtual = apic_half(&h->virtual, &(struct eli_vectors){{0}}),
		.physical = apic_half(&h->guest->apic, &h->l0),
		.tpr = h->virtual.tpr,
	};

	switch (eli_eoi(&view)) {
	case ELI_VIRTUAL:
		apic_eoi(&h->virtual);
		break;
	case ELI_PHYSICAL:
		apic_eoi(&h->guest->apic);
		break;
	case ELI_NOBODY:
		break;
	}
}

void host_write_tpr(struct host *h, uint8_t tpr)
{
	h->virtual.tpr = tpr;
}

void host_load_idt(struct host *h, uint64_t base, uint16_t limit)
{
	if (h->shadow.idt.pages && eli_idt_moved(idt_of(h), base, limit))
		count(h, ELI_TROUBLE_MOVE);
	h->idt_base = base;
	h->idt_limit = limit;
	eli_idt_make(idt_of(h), base, limit, &h->open);
}

void host_store(struct host *h, unsigned frame, unsigned at, uint8_t value)
{
	h->shadow.memory->frame[frame][at] = value;
	if (eli_idt_written(idt_of(h), MEMORY_GPA + frame * ELI_PAGE_SIZE + at, 1))
		count(h, ELI_TROUBLE_WRITE);
}

void host_assign(struct host *h, const struct eli_vectors *open)
{
	h->open = *open;
	eli_idt_open(idt_of(h), open);
}
