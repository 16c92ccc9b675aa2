/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One local APIC in two halves: the guest's interrupts are in the virtual one, in L0's memory, and
 * the physical one of its processor. What a single APIC with all of them would do is said here: SDM
 * vol. 3, 11.8.3 (priorities), 11.8.4 (acceptance), 11.8.5 (EOI).
 */
#ifndef ELI_APIC_H
#define ELI_APIC_H

#include <stdbool.h>
#include <stdint.h>
#include "eli_vectors.h"

/* The highest vectors of one half, -1 where there is none. */
struct eli_half {
	int pending; /* in IRR */
	int service; /* in ISR */
};

struct eli_view {
	struct eli_half virtual, physical;
	uint8_t tpr; /* the guest's task priority, 8 bits */
};

/* A half from its registers, without @others: L0's own in the physical one are no part of the
 * guest's.
 */
struct eli_half eli_half(const struct eli_vectors *irr, const struct eli_vectors *isr,
			 const struct eli_vectors *others);

/* The processor priority of the whole. */
uint8_t eli_ppr(const struct eli_view *view);

enum eli_who { ELI_NOBODY, ELI_VIRTUAL, ELI_PHYSICAL };

/*
 * Which half has the interrupt that is delivered next, as soon as the processor takes one: the
 * highest vector of both, above the priority of the whole. One that is requested in both is a
 * single request, and the physical half's: what is posted from there merges with the other.
 */
enum eli_who eli_first(const struct eli_view *view);

/*
 * Whose interrupt an EOI of the guest's ends. A vector in service in both halves was delivered by
 * none: ELI_VIRTUAL. Nobody's: the EOI has no effect, and is written nowhere.
 */
enum eli_who eli_eoi(const struct eli_view *view);

#endif
