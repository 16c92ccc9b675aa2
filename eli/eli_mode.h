/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two modes of a vCPU, decided before each entry from what the entry finds:
 *
 *                 an emulated interrupt may be delivered, or is in service;
 *                 an event of this entry has a masked gate; no shadow; a guard
 *            ┌────────────────────────────────────────────────────────────────┐
 *            │                                                                ▼
 *         DIRECT                                                          INJECTION
 *   the shadow is mapped                                       the guest's own page is mapped
 *   interrupts do not exit                                     interrupts exit, and are posted
 *   EOI: to the processor (delivery: exits)                    EOI exits, to the virtual APIC
 *   physical TPR is the guest's                                physical TPR is 0
 *            ▲                                                                │
 *            └────────────────────────────────────────────────────────────────┘
 *                                   none of these
 *
 * Its order of delivery is that of one APIC. In DIRECT the processor has everything but requests
 * that the task priority holds back in the virtual half, and each write of the task priority exits.
 * On the way to INJECTION what is in service moves to the virtual half; what is requested follows
 * by exits, at once, and L0 injects nothing before it (eli_first() says whether that matters).
 */
#ifndef ELI_MODE_H
#define ELI_MODE_H

#include <stdbool.h>
#include <stdint.h>
#include "eli_vectors.h"

/* The knob interrupts=, as far as it is this library's. */
enum eli_way {
	ELI_EXITS,    /* never direct */
	ELI_DELIVERY, /* direct, but each EOI exits */
	ELI_FULL,     /* direct, and EOI does not exit where the guest uses x2APIC */
};

/* What an entry finds. */
struct eli_entry {
	enum eli_way way;
	/*
	 * Can the guest be in direct mode at all? Its IDT's shadow stands, it runs in IA-32e mode
	 * (64-bit gates), its local APIC is enabled by IA32_APIC_BASE and SVR, and a guard does not
	 * forbid it. A guest of the guest's has a shadow of its own, if its L1 wants no exits.
	 */
	bool able;
	bool x2apic; /* its local APIC is in that mode */
	/*
	 * The entry injects an interrupt or INT n whose gate is masked or cut: eli_gate_open().
	 */
	bool masked_event;
	bool virtual_due;     /* requested in the virtual half, above the guest's TPR; or ExtINT */
	bool virtual_service; /* something is in service there */
	/*
	 * A guard's look found an interrupt of L0's own requested in the processor: interrupts must
	 * exit, with nothing in service there that could hold it back.
	 */
	bool own_requested;
	uint8_t tpr; /* the guest's */
};

/* How the VMCS and the processor's APIC have to be while the guest runs. */
struct eli_controls {
	bool direct;         /* the shadow's EPT01, exits for #NP and #GP, eli_idt_limit() */
	bool exit_interrupt; /* external-interrupt exiting, acknowledged on exit */
	bool exit_eoi;       /* of WRMSR to the x2APIC's EOI register */
	bool exit_tables;    /* descriptor-table exiting, where the processor has it */
	uint8_t tpr;         /* of the physical APIC */
};

struct eli_controls eli_decide(const struct eli_entry *entry);

/* Is the gate of what the entry injects as the guest has it, in the shadow that stands? */
static inline bool eli_gate_open(const struct eli_vectors *open, uint8_t vector)
{
	return vector < ELI_EXCEPTIONS || eli_vectors_has(open, vector);
}

/*
 * What is requested in the virtual half may as well be so in the physical one, whose order,
 * delivery and end are then the processor's: true if all @requests of word @n may, each a vector
 * that is open and, by TMR in @level, edge-triggered. A part of all words may not, for the rest
 * would end DIRECT, and bring it back.
 */
static inline bool eli_may_give(const struct eli_vectors *open, unsigned n, uint32_t requests,
				uint32_t level)
{
	return n >= ELI_EXCEPTIONS / 32 && !(requests & (level | ~open->word[n]));
}

/*
 * From DIRECT to INJECTION: what the processor has in service becomes the virtual half's, in whose
 * ISR *moved goes (edge-triggered). The answer is how many EOIs the processor gets for it, at once.
 * @found: L0's own that were in service and that nobody has answered, because their delivery went
 * astray; L0 does so now.
 */
unsigned eli_move(const struct eli_vectors *service, const struct eli_vectors *l0,
		  struct eli_vectors *moved, struct eli_vectors *found);

/*
 * An interrupt that an exit has acknowledged: may it go on to the guest as a direct one? Then it is
 * injected, and stays in service in the processor, where the guest ends it. Otherwise L0 ends it,
 * and posts it to the virtual half. @to: the controls of this entry; @ready: the guest can take an
 * interrupt now, and no other event is injected.
 */
bool eli_hand_over(const struct eli_controls *to, const struct eli_vectors *open, uint8_t vector,
		   bool ready);

#endif
