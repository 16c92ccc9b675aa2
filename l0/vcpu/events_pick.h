/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes before the next instruction of the guest that runs: decided here, from a description
 * of the vCPU at an instruction boundary, and carried out elsewhere (vcpu/events.c for what the
 * guest gets, nested/events.c for what its L1 gets). No hardware access: the unit test holds it
 * against a model.
 */
#ifndef VCPU_EVENTS_PICK_H
#define VCPU_EVENTS_PICK_H

#include <stdbool.h>
#include <stdint.h>

#include "vmx_bits.h"

/* For L1's own instructions all that is said of an L1 here is 0. */
struct event_state {
	/* Queued by L0 for this entry. */
	bool fault;        /* an exception that L0 made */
	bool fault_is_l1s; /* ... which L1 takes as an exit of its L2 */
	bool redo;         /* an event whose delivery was interrupted by an exit that L0 answered */
	/* An entry that L1 asked for, not a resume by L0; and L1 injects an event with it. */
	bool asked, asked_event;
	/* What the processor evaluates at each entry, and L1's timer. */
	bool below_threshold; /* VTPR is below L1's TPR threshold */
	bool timer_expired;   /* L1's preemption timer */
	/* L1's platform; an INIT counts here while L2 runs. */
	bool init, nmi, interrupt;
	bool sipi; /* for an L2 in the wait-for-SIPI state */
	/* The guest's readiness: SDM vol. 3, 25.4.2. */
	uint32_t activity;      /* shutdown, wait-for-SIPI, or 0: active, or in HLT */
	bool interrupt_flag;    /* RFLAGS.IF */
	bool nmi_masked;        /* NMI exits of L1's are blocked */
	uint32_t blocking;      /* interruptibility state */
	uint64_t pending_debug; /* pending debug exceptions */
	uint32_t pin12, proc12; /* L1's controls */
};

enum event_inject { INJECT_NOTHING, INJECT_FAULT, INJECT_REDO, INJECT_NMI, INJECT_INTERRUPT };

enum event_reflect {
	REFLECT_NOTHING,
	REFLECT_FAULT,
	REFLECT_TPR,
	REFLECT_INIT,
	REFLECT_SIPI,
	REFLECT_TIMER,
	REFLECT_NMI_WINDOW,
	REFLECT_NMI,
	REFLECT_INTERRUPT_WINDOW,
	REFLECT_INTERRUPT,
	REFLECT_KINDS,
};

struct event_pick {
	enum event_reflect reflect; /* L2 leaves to L1; then nothing below counts */
	enum event_inject inject;   /* what this entry delivers */
	bool interrupt_window;      /* L0 wants an exit when the guest can take an interrupt, */
	bool nmi_window;            /* ... an NMI */
	bool exit_at_once;          /* L0 wants the processor before the next instruction */
};

struct event_pick events_pick(const struct event_state *s);

#define BLOCKS_INTERRUPT (BLOCKING_STI | BLOCKING_MOV_SS)
#define PENDING_TRAP     (PENDING_BS | PENDING_ENABLED_BP | PENDING_RTM)

/*
 * Is it no more than an interrupt, for L1's own instructions, which are ready for it? The short way
 * to the commonest of answers: it is injected, and no window opens.
 */
static inline bool events_interrupt_alone(const struct event_state *s)
{
	return s->interrupt && s->interrupt_flag && !(s->fault | s->redo | s->nmi) &&
	       !(s->blocking & BLOCKS_INTERRUPT) && !(s->pending_debug & PENDING_TRAP);
}

/* The same decision for L1's own instructions, in fewer: what is said of an L1 is not looked at. */
struct event_pick events_pick_own(const struct event_state *s);

/* How an exception that comes while another event is delivered ends (SDM vol. 3, 6.15). */
enum event_clash { CLASH_SERIAL, CLASH_DOUBLE_FAULT, CLASH_SHUTDOWN };

/* @first: interruption information of the event under delivery, 0 if there is none. */
enum event_clash event_clash(uint32_t first, unsigned vector);

/* Does this event push RFLAGS with RF set? Faults do, but for #DB (SDM vol. 3, 18.3.1.1). */
bool event_sets_rf(uint32_t info);

#endif
