/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages of L0's that a guest reaches without an exit, at guest-physical addresses where it has no
 * RAM: registers that somebody else polls (the IOMMU's by the sidecore, a function's notifications
 * by the fabric). They are all that EPT01 maps besides RAM, and nothing else is in them. Uncached
 * as registers are, they are none of the memory that DMA and the IOMMU's tables may lie in.
 */
#ifndef VCPU_SHARED_H
#define VCPU_SHARED_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/lock.h"

#define SHARED_PAGES   64
#define SHARED_NOWHERE UINT64_MAX

struct vm;

struct shared_pages {
	struct lock lock; /* of all changes of EPT01 */
	uint64_t hpa;     /* one range, claimed for the machine */
	uint64_t size;
	uint64_t used;             /* from its start, by shared_take() */
	uint64_t at[SHARED_PAGES]; /* where shared_place() has put each; 0: nowhere */
	uint32_t changes;          /* of EPT01 that took something away */
	uint32_t split;            /* tables that shared_split() has made */
};

/* A page of the range, zeroed: before the machine runs. NULL: there is none left. */
void *shared_take(struct vm *vm);

/*
 * Maps @page, of the range, at @gpa and nowhere else, SHARED_NOWHERE included; from any CPU, while
 * the machine runs. A CPU that runs a guest may use it where it was until it next leaves the guest,
 * so the page stays what it is. False: it is nowhere, as another page is there, or RAM; accesses
 * at @gpa exit.
 */
bool shared_place(struct vm *vm, void *page, uint64_t gpa);

/*
 * What EPT01 maps, and beside it the others of a machine that has them (vcpu/direct.h): all but the
 * pages of a shadow are the same in all. As ept01_map() and ept01_unmap().
 */
int shared_map(struct vm *vm, uint64_t gpa, uint64_t hpa, uint64_t size, uint64_t rights,
	       unsigned memtype);
void shared_unmap(struct vm *vm, uint64_t gpa, uint64_t size);

/*
 * L1's page at @gpa becomes a leaf of its own, for what a processor does not do with a part of a
 * larger one; from any CPU, while the machine runs. Each CPU then needs an INVEPT. What it cannot
 * do, or L1 asks for too often, it leaves as it is.
 */
void shared_split(struct vm *vm, uint64_t gpa);

/* Something has been taken out of EPT01: every vCPU, the caller's too, looks before its next entry.
 */
void shared_tell_all(struct vm *vm);

/*
 * How often something has been taken out of EPT01. A vCPU that has seen another number than this
 * drops all that it made from it before its next entry.
 */
uint32_t shared_changes(const struct vm *vm);

#endif
