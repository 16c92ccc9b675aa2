/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One local APIC as plainly as can be: SDM vol. 3, 11.8. The tests have three of them: that of the
 * bare machine, which decides, and under L0 the virtual one and the processor's.
 */
#ifndef APIC_H
#define APIC_H

#include <stdbool.h>
#include <stdint.h>
#include "eli_apic.h"

struct apic {
	bool irr[256], isr[256];
	uint8_t tpr;
};

void apic_raise(struct apic *a, uint8_t vector);
uint8_t apic_ppr(const struct apic *a);
/* The vector that it would give to the processor, -1: none. */
int apic_next(const struct apic *a);
/* Gives it: from IRR to ISR. There must be one. */
uint8_t apic_take(struct apic *a);
/* What the EOI ended, -1: nothing. */
int apic_eoi(struct apic *a);

/* As the library sees it. */
struct eli_vectors apic_words(const bool bits[256]);
struct eli_half apic_half(const struct apic *a, const struct eli_vectors *others);

#endif
