/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_INTERNAL_H
#define PLATFORM_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/platform.h"

/* What the devices share among themselves: their lock, their clock, their lines. */

/*
 * Takes the lock; the devices' clock, for a CPU whose own says `now`. CPUs differ by a little, and
 * the devices see the furthest: their time never goes backwards.
 */
uint64_t platform_enter(struct platform *p, uint64_t now);

/* Gives it back; `vcpu` is the caller's, so that the owner need not be told of its own changes. */
void platform_leave(struct platform *p, unsigned vcpu);

/* Computes `due` anew after a device register changed. */
void platform_deadline(struct platform *p);

/* The PCI bus is to be run at @when, or earlier if it was. From any CPU, with or without locks. */
void platform_wake(struct platform *p, uint64_t when);

/* A time that only comes closer; false: it was as close. */
static inline bool platform_sooner(uint64_t *time, uint64_t when)
{
	uint64_t old = __atomic_load_n(time, __ATOMIC_SEQ_CST);

	do {
		if (when >= old)
			return false;
	} while (!__atomic_compare_exchange_n(time, &old, when, true, __ATOMIC_SEQ_CST,
					      __ATOMIC_SEQ_CST));
	return true;
}

/*
 * Sets an interrupt line by its GSI: ISA IRQ n is GSI n but for IRQ 0, which is GSI 2 at the IOAPIC
 * (and IRQ 0 at the 8259, as the MADT says). GSI 0 therefore means ISA IRQ 0.
 */
void irq_line(struct platform *p, unsigned gsi, bool level);

#endif
