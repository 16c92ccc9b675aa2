/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interrupts=eli: messages of the fabric's functions go straight to the local APIC of the vCPU's
 * processor, with the guest's vector, and while the guest is in *direct mode* it takes and ends
 * them without an exit. The decisions are the library's (eli/); here is its state in a vCPU, the
 * shadow of the guest's IDT, and who may send. Modes and exits: handlers/direct.h.
 *
 *     message of a function ─▶ the vector is open? ─▶ IPI with that vector ─▶ direct: the guest's
 * handler └▶ no: inbox, and asked for: open from the next entry on
 *
 * One vCPU (knob_needs.def). All but `wanted` and `asked` belongs to its CPU.
 */
#ifndef VCPU_DIRECT_H
#define VCPU_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "eli_guard.h"
#include "eli_idt.h"
#include "eli_mode.h"
#include "vcpu/delay.h"

struct vcpu;

struct direct {
	uint8_t room[ELI_PAGES][ELI_PAGE_SIZE] __attribute__((aligned(4096))); /* for shadows */
	enum eli_way way; /* ELI_EXITS: it is not for this vCPU */
	/* By a function's CPU: vectors that a message has asked for, and how often there was a new
	 * one. */
	struct eli_vectors wanted;
	uint32_t asked;
	uint32_t opened; /* `asked` when vectors were opened last */
	bool on;         /* VMCS01 and the processor's APIC are as direct mode has them */
	uint8_t tpr;     /* of the processor's APIC */
	uint8_t arrived; /* acknowledged by this exit, and in service in the processor; 0: none */
	bool own_requested; /* eli_mode.h */
	uint64_t hold;      /* no direct mode before: handlers/direct_internal.h */
	uint64_t idt_next;  /* no shadow is made before */
	struct eli_idt idt;
	struct eli_guard guard;
	struct delays delays;
};

/* L0's own vectors: never sent by a function, and never the guest's where they come from outside.
 */
extern const struct eli_vectors direct_own;

/* Before the machine is switched on; the vCPU's CPU and knobs are known. */
void direct_init(struct vcpu *v);

/*
 * platform_post() for a vCPU that has this: sends a function's vector to its processor, or, where
 * it comes from somebody else or is not open yet, to its inbox.
 */
void direct_send(struct vcpu *v, uint8_t vector);

/* The vectors that were asked for, as one set: of `asked` at the same time, or a later one. */
struct eli_vectors direct_wanted(const struct direct *d);

/* Is somebody waiting for a vector to be opened? */
static inline bool direct_asked(const struct direct *d)
{
	return __atomic_load_n(&d->asked, __ATOMIC_ACQUIRE) != d->opened;
}

/*
 * The shadow, by L1's VMCS: is it to be made, or made anew, as another IDT counts or other vectors
 * are wanted? Short where all is as it was. And the same done, which takes thousands of ticks.
 */
bool direct_idt_stale(const struct vcpu *v);
void direct_idt_refresh(struct vcpu *v);

/* At a guard's look: other pages may lie under the same IDTR. */
void direct_idt_look(struct vcpu *v);

/*
 * The guest is about to write to a page of it: true, and there is no shadow any more, so that the
 * write will go well. For some time there will be none.
 */
bool direct_idt_written(struct vcpu *v, uint64_t gpa);

#endif
