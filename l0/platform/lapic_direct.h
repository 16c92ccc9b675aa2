/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_LAPIC_DIRECT_H
#define PLATFORM_LAPIC_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/lapic.h"

/*
 * A LAPIC one half of which is the processor's own (eli/): there its guest takes and ends
 * interrupts of some sources by itself. For the CPU of the vCPU.
 */

/* Is it in x2APIC mode, and on by software too? */
bool lapic_direct_able(const struct lapic *l);

/* An edge-triggered vector that came by the other half is requested in this one. */
void lapic_direct_request(struct lapic *l, uint8_t vector);

/* Words of which something is requested, a bit for each; one that leaves for the other half. */
static inline uint32_t lapic_direct_requests(const struct lapic *l)
{
	return l->irr.summary;
}
uint32_t lapic_direct_give(struct lapic *l, unsigned n);

/* What is in service in the other half is so in this one: edge-triggered; nothing was requested. */
void lapic_direct_serve(struct lapic *l, const uint32_t word[8]);

#endif
