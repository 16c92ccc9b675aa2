/* SPDX-License-Identifier: Apache-2.0 */
/* The local APIC's timer: TSC-deadline where CPUID offers it, else one-shot. */
#ifndef MICRO_TIMER_H
#define MICRO_TIMER_H

#include <stdint.h>

/* Chooses the mode; the one-shot counter is compared with the TSC once. Needs the APIC. */
void timer_init(void);

/* One interrupt on VECTOR_TIMER in `delay` TSC ticks; returns the TSC at which it is due. */
uint64_t timer_arm(uint64_t delay);

#endif
