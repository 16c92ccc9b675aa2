/* SPDX-License-Identifier: Apache-2.0 */
/* The local APIC, by memory or by MSRs, whichever mode it is in. */
#ifndef APIC_H
#define APIC_H

#include "guest.h"

enum apic_register {
	APIC_ID = 0x20,
	APIC_VERSION = 0x30,
	APIC_TPR = 0x80,
	APIC_PPR = 0xa0,
	APIC_EOI = 0xb0,
	APIC_SVR = 0xf0,
	APIC_ISR = 0x100,
	APIC_TMR = 0x180,
	APIC_IRR = 0x200,
	APIC_ESR = 0x280,
	APIC_ICR = 0x300,
	APIC_ICR_HIGH = 0x310,
	APIC_LVT_TIMER = 0x320,
	APIC_LVT_LINT0 = 0x350,
	APIC_LVT_ERROR = 0x370,
	APIC_TIMER_INITIAL = 0x380,
	APIC_TIMER_CURRENT = 0x390,
	APIC_TIMER_DIVIDE = 0x3e0,
};

#define APIC_BASE_X2  BIT(10)
#define APIC_BASE_ON  BIT(11)
#define LVT_MASKED    BIT(16)
#define LVT_PERIODIC  BIT(17)
#define LVT_DEADLINE  BIT(18)
#define APIC_NMI_BIT  (4U << 8)
#define APIC_SELF     (1U << 18)
#define APIC_SPURIOUS 0xff /* the vector that apic_enable() gives it */

uint32_t apic_read(enum apic_register reg);
void apic_write(enum apic_register reg, uint32_t value);
void apic_eoi(void);
/* Software-enables the local APIC and lets every priority through. */
void apic_enable(void);
/* Enters x2APIC mode when the processor has it; false when not. Only a reset leaves it. */
bool apic_enable_x2(void);
void apic_self_ipi(uint32_t vector);
void apic_self_nmi(void);
bool apic_bit(enum apic_register first, uint32_t vector);

#endif
