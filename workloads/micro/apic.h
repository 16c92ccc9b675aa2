/* SPDX-License-Identifier: Apache-2.0 */
/* The local APIC, as x2APIC where CPUID offers it, else by its page. */
#ifndef MICRO_APIC_H
#define MICRO_APIC_H

#include <stdbool.h>
#include <stdint.h>

/* Offsets in the APIC's page; divided by 16 they are x2APIC MSRs (SDM vol. 3, "APIC"). */
#define APIC_TPR           0x80
#define APIC_EOI           0xb0
#define APIC_SPURIOUS      0xf0
#define APIC_SOFT_ENABLE   (1u << 8)
#define APIC_ICR           0x300
#define ICR_SELF           (1u << 18)
#define ICR_INIT           0x4500u /* asserted */
#define ICR_STARTUP        0x4600u /* with the number of the page to start at */
#define APIC_ICR_HIGH      0x310   /* not x2APIC: the destination in bits 31:24 */
#define APIC_LVT_TIMER     0x320
#define LVT_MASKED         (1u << 16)
#define LVT_DEADLINE       (2u << 17)
#define APIC_LVT_LINT0     0x350
#define APIC_TIMER_INITIAL 0x380
#define APIC_TIMER_CURRENT 0x390
#define APIC_TIMER_DIVIDE  0x3e0
#define DIVIDE_BY_1        0xb
#define APIC_SELF_IPI      0x3f0 /* x2APIC only */

/* Turns the APIC on and every 8259 interrupt off. False: there is no local APIC. */
bool apic_init(void);
/* The same for a CPU that was started later; the first one has found out how. */
void apic_enable(void);
bool apic_present(void);
bool apic_is_x2apic(void);
uint32_t apic_read(uint32_t reg);
void apic_write(uint32_t reg, uint32_t value);
void apic_eoi(void);
/* Sends a fixed interrupt to this CPU: by the self-IPI MSR, or by the ICR's shorthand. */
void apic_self_ipi(uint8_t vector);
/* Writes the ICR: @command is its low half, @to the APIC's identifier. */
void apic_send(uint32_t to, uint32_t command);

#endif
