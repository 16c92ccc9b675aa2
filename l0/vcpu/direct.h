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
 * With several vCPUs each has a shadow and an EPT01 direct of its own, also where all have one IDT.
 * A page of a shadow is read-only in all tables of the machine for as long as one *holds* it. Who
 * writes to it asks those who do to give it up, and tries again until the last one has: none ever
 * runs with a shadow of what is no longer there.
 *
 * A device's write is no vCPU's: what the IOMMU translates by has no page read-only.
 *
 *     make: copy ─▶ hold ─▶ all others have dropped what let them write ─▶ copy again: it stands
 *     write, by any vCPU ─▶ ended, of each that holds the page ─▶ kicked: gives up ─▶ nobody: done
 *
 * All but `wanted`, `asked` and `ended` belongs to its CPU; `held` is read by others under the lock
 * of EPT01 (vcpu/shared.h).
 */
#ifndef VCPU_DIRECT_H
#define VCPU_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "eli_guard.h"
#include "eli_idt.h"
#include "eli_mode.h"
#include "ept_build.h"
#include "vcpu/delay.h"

struct vcpu;
struct vm;

/*
 * The shadow of one level's IDT. L1 sees its own in direct mode alone: a change of mode is one of
 * the EPT pointer. An L2 sees its own in both modes, for EPT02 is made from `ept01`: what changes
 * with the mode are its gates (eli_idt_lift()).
 */
struct direct_table {
	uint8_t room[ELI_PAGES][ELI_PAGE_SIZE] __attribute__((aligned(4096)));
	struct vcpu *vcpu;
	struct ept01 ept01; /* EPT01 direct: as EPT01, but for the shadow; else without a root */
	bool ended;         /* by another vCPU: it writes to a page of the IDT */
	uint32_t heeded;    /* `asked` when it was looked at last */
	/* Pages that are read-only for this shadow, and the number of EPT01's change by which they
	 * are: all others know of it, and the copy is whole, where it stands. */
	struct eli_idt_page held[ELI_PAGES];
	unsigned holds;
	uint32_t since;
	bool stands;
	uint64_t next;   /* no shadow is made before */
	uint64_t eptp12; /* by which it was found; 0: L1-physical is what the guest has */
	struct eli_idt idt;
};

#define DIRECT_TABLES 2

struct direct {
	struct direct_table table[DIRECT_TABLES]; /* L1's, and that of the L2 that has one */
	enum eli_way way;                         /* ELI_EXITS: it is not for this vCPU */
	/* By a function's CPU too: vectors that a message has asked for. */
	struct eli_vectors wanted;
	uint32_t asked;    /* counts these, and ends of tables: what is new of them */
	uint64_t concerns; /* exits that handlers/direct.h looks at, a bit for each reason */
	uint8_t level;     /* whose VMCS `on` is about: of the last entry that looked */
	bool on;           /* it and the processor's APIC are as direct mode has them */
	bool stale;        /* it may be as another entry of L1's had it */
	bool vmcs02;       /* VMCS02 was left as direct mode has it */
	uint8_t tpr;       /* of the processor's APIC */
	uint8_t arrived;   /* acknowledged by this exit, and in service in the processor; 0: none */
	bool own_requested;  /* eli_mode.h */
	uint64_t hold;       /* no direct mode before: handlers/direct_internal.h */
	uint64_t written_at; /* RIP of the L2 that wrote to a table last: it has no shadow there */
	struct eli_guard guard;
	struct delays delays;
};

/* L0's own vectors: never sent by a function, and never the guest's where they come from outside.
 */
extern const struct eli_vectors direct_own;

/* Of all vCPUs of a machine, from 0 on: what EPT01 maps they do, but for shadows. */
struct ept01 *direct_ept01(const struct vm *vm, unsigned number);

/* Before the machine is switched on; the vCPU's CPU and knobs are known. */
void direct_init(struct vcpu *v);

/*
 * platform_post() for a vCPU that has this: sends a function's vector to its processor, or, where
 * it comes from somebody else or is not open yet, to its inbox.
 */
void direct_send(struct vcpu *v, uint8_t vector);

/*
 * From the next shadow on the vector is open, if it is none of L0's own. True: it was asked for
 * before.
 */
bool direct_want(struct direct *d, uint8_t vector);

/* The vectors that were asked for, as one set: of `asked` at the same time, or a later one. */
struct eli_vectors direct_wanted(const struct direct *d);

/* Before each entry that looks at events, of whatever level: a shadow that another vCPU has ended
 * is given up. */
void direct_give_up(struct vcpu *v);

static inline bool direct_ended(const struct direct *d)
{
	return __builtin_expect(__atomic_load_n(&d->table[0].ended, __ATOMIC_ACQUIRE) |
					__atomic_load_n(&d->table[1].ended, __ATOMIC_ACQUIRE),
				false);
}

/* The shadow of the level that runs. */
static inline struct eli_idt *direct_idt(struct direct *d, unsigned level)
{
	return &d->table[level - 1].idt;
}

/*
 * The shadow of the level that runs, by its VMCS: is it to be made, or made anew, as another IDT
 * counts or other vectors are wanted? Short where all is as it was. And the same done, which takes
 * thousands of ticks. Does one stand then, of this IDT?
 */
bool direct_idt_stale(const struct vcpu *v);
void direct_idt_refresh(struct vcpu *v);
bool direct_idt_fits(const struct vcpu *v);

/* At a guard's look: other pages may lie under the same IDTR. */
void direct_idt_look(struct vcpu *v);

/*
 * A guest of this vCPU's, of any level, was not let write to @gpa of L1's. True: that was for a
 * shadow; those of the page are ended, this vCPU's own included, and the write is to be tried again
 * until the last is given up. For some time there will be none.
 */
bool direct_idt_written(struct vcpu *v, uint64_t gpa);

#endif
