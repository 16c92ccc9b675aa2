/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_H
#define PLATFORM_H

#include "apic.h"
#include "guest.h"
#include "processor.h"
#include "trap.h"

#define NEED_PLATFORM(condition, why)                                                              \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			skip(why);                                                                 \
			return;                                                                    \
		}                                                                                  \
	} while (0)

/* QEMU without hardware virtualisation: it leaves some checks out. */
bool under_tcg(void);
/* From CPUID 15H, 0 where it does not say. */
uint64_t tsc_hertz(void);
/* Interrupts on until the vector's count is reached or so many ticks have gone. */
bool wait_irq(uint8_t vector, uint32_t count, uint64_t ticks);
/* The local APIC's timer by divisor 1; `mode` is of its vector table entry. */
void start_timer(uint32_t mode, uint8_t vector, uint32_t count);

#define LONG_WAIT 2000000000ULL

#endif
