// SPDX-License-Identifier: Apache-2.0
// Interrupts and exceptions without end.
#include "apic.h"
#include "processor.h"
#include "threats.h"
#include "trap.h"

void threat_messages(void)
{
	sti();
	while (threat_goes_on())
		threat_message();
}

void threat_self_ipis(void)
{
	sti();
	while (threat_goes_on())
		apic_self_ipi(SELF);
}

void threat_self_ipis_closed(void)
{
	while (threat_goes_on())
		apic_self_ipi(SELF);
}

void threat_timers(void)
{
	apic_write(APIC_LVT_TIMER, LVT_PERIODIC | SELF);
	apic_write(APIC_TIMER_DIVIDE, 0xb); /* by one */
	apic_write(APIC_TIMER_INITIAL, 100);
	sti();
	while (threat_goes_on())
		asm volatile("pause");
	cli();
	apic_write(APIC_TIMER_INITIAL, 0);
	apic_write(APIC_LVT_TIMER, LVT_MASKED);
}

void threat_nmis(void)
{
	while (threat_goes_on())
		apic_self_nmi();
}

void threat_int_storm(void)
{
	while (threat_goes_on())
		asm volatile("int $0x6f" ::: "memory");
}

void threat_faults(void)
{
	while (threat_goes_on())
		CATCH(*(volatile uint8_t *)BIT(62));
}
