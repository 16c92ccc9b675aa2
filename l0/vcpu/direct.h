/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interrupts=eli: messages of the fabric's functions go straight to the local APIC of the vCPU's
 * processor, with the guest's vector, and while the guest is in *direct mode* it takes and ends
 * them without an exit. The decisions are the library's (eli/); here is its state in a vCPU, the
 * shadow of the guest's IDT, and who may send. Modes and exits: handlers/direct.h.
 *
 *     message of a function, vector open:   IPI with that vector; direct: the guest's handler
 *     vector not open yet:                  inbox, and asked for: open from the next entry on
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

struct vcpu;

/*
 * The shadow of one level's IDT. L1 sees its own in direct mode alone, by EPT01 direct. An L2 sees
 * its own in both modes, by the EPT01 of L2s, from which EPT02 is made: what changes with the mode
 * are its gates (eli_idt_lift()).
 */
struct direct_table {
	uint8_t room[ELI_PAGES][ELI_PAGE_SIZE] __attribute__((aligned(4096)));
	struct vcpu *vcpu;
	uint64_t next;   /* no shadow is made before */
	uint64_t eptp12; /* by which it was found; 0: L1-physical is what the guest has */
	uint32_t opened; /* `asked` when vectors were opened last */
	struct eli_idt idt;
};

struct direct {
	struct direct_table table[2]; /* L1's, and that of the L2 that was direct last */
	enum eli_way way;             /* ELI_EXITS: it is not for this vCPU */
	/* By a function's CPU: vectors that a message has asked for, and how often there was a new
	 * one. */
	struct eli_vectors wanted;
	uint32_t asked;
	uint8_t level;   /* whose VMCS `on` is about: of the last entry that looked */
	bool on;         /* it and the processor's APIC are as direct mode has them */
	bool stale;      /* it may be as another entry of L1's had it */
	bool fits;       /* the shadow that stands is of the table that counts */
	bool vmcs02;     /* VMCS02 was left as direct mode has it */
	uint8_t tpr;     /* of the processor's APIC */
	uint8_t arrived; /* acknowledged by this exit, and in service in the processor; 0: none */
	bool own_requested; /* eli_mode.h */
	uint64_t hold;      /* no direct mode before: handlers/direct_internal.h */
	struct eli_guard guard;
};

/* L0's own vectors: never sent by a function, and never the guest's where they come from outside.
 */
extern const struct eli_vectors direct_own;

/* Before the machine is switched on; the vCPU's CPU and knobs are known. */
void direct_init(struct vcpu *v);

/*
 * platform_post() for a vCPU that has this: sends a function's vector to its processor. False: it
 * comes from somebody else, or is not open yet.
 */
bool direct_send(struct vcpu *v, uint8_t vector);

/* The vectors that were asked for, as one set: of `asked` at the same time, or a later one. */
struct eli_vectors direct_wanted(const struct direct *d);

/* The shadow of the level that runs. */
static inline struct eli_idt *direct_idt(struct direct *d, unsigned level)
{
	return &d->table[level - 1].idt;
}

/*
 * The shadow of the level that runs, by its VMCS: made if there is none, made anew where another
 * IDT counts or other vectors are wanted. Short where all is as it was. False: it has none now.
 */
bool direct_idt_refresh(struct vcpu *v);

/* At a guard's look: other pages may lie under the same IDTR. */
void direct_idt_look(struct vcpu *v);

/*
 * L1 or its L2 is about to write to this L1-physical address. True: a page of an IDT with a shadow
 * is there, which has none any more, nor for some time, so that the write will go well.
 */
bool direct_idt_written(struct vcpu *v, uint64_t gpa);

#endif
