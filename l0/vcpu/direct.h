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

struct direct {
	uint8_t room[ELI_PAGES][ELI_PAGE_SIZE] __attribute__((aligned(4096))); /* for shadows */
	enum eli_way way;   /* ELI_EXITS: it is not for this vCPU */
	struct ept01 ept01; /* EPT01 direct: as EPT01, but for the shadow; else without a root */
	/* By a function's CPU too: vectors that a message has asked for. */
	struct eli_vectors wanted;
	bool ended;      /* by another vCPU: it writes to a page of the IDT */
	uint32_t asked;  /* counts both: what is new of them */
	uint32_t heeded; /* `asked` when it was looked at last */
	/* Pages that are read-only for this shadow, and the number of EPT01's change by which they
	 * are: all others know of it, and the copy is whole, where it stands. */
	struct eli_idt_page held[ELI_PAGES];
	unsigned holds;
	uint32_t since;
	bool stands;
	uint64_t concerns; /* exits that handlers/direct.h looks at, a bit for each reason */
	bool on;           /* VMCS01 and the processor's APIC are as direct mode has them */
	uint8_t tpr;       /* of the processor's APIC */
	uint8_t arrived;   /* acknowledged by this exit, and in service in the processor; 0: none */
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

/*
 * From the next shadow on the vector is open, if it is none of L0's own. True: it was asked for
 * before.
 */
bool direct_want(struct direct *d, uint8_t vector);

/* The vectors that were asked for, as one set: of `asked` at the same time, or a later one. */
struct eli_vectors direct_wanted(const struct direct *d);

/* Is somebody waiting for a vector to be opened, or for the end of the shadow? */
static inline bool direct_asked(const struct direct *d)
{
	return __atomic_load_n(&d->asked, __ATOMIC_ACQUIRE) != d->heeded;
}

/* Before each entry that looks at events, of whatever level: a shadow that another vCPU has ended
 * is given up. */
void direct_give_up(struct vcpu *v);

static inline bool direct_ended(const struct direct *d)
{
	return __builtin_expect(__atomic_load_n(&d->ended, __ATOMIC_ACQUIRE), false);
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
 * A guest of this vCPU's, of any level, was not let write to @gpa of L1's. True: that was for a
 * shadow; those of the page are ended, this vCPU's own included, and the write is to be tried again
 * until the last is given up. For some time there will be none.
 */
bool direct_idt_written(struct vcpu *v, uint64_t gpa);

#endif
