// SPDX-License-Identifier: Apache-2.0
// Vectors of others, and a local APIC that is not what it was.
#include "apic.h"
#include "engine.h"
#include "messages.h"
#include "processor.h"
#include "threats.h"
#include "trap.h"

/* Not INIT, which ends the machine; SMI and ExtINT are nobody's. */
static const uint32_t kinds[] = {0, 1 << 8, 2 << 8, 4 << 8, 7 << 8, 1 << 15};

void threat_vectors_of_others(void)
{
	sti();
	for (uint32_t v = 0; threat_goes_on(); v = (v + 1) % 256) {
		bool exception = v < 32 && v >= 16; /* would be taken for one */

		engine_message(0xfee00000, (exception ? v + 32 : v) | kinds[v % ARRAY_SIZE(kinds)]);
		threat_message();
		messages_wait(500);
	}
	cli();
	engine_message(0xfee00000, DEVICE);
}

void threat_ipis_of_others(void)
{
	sti();
	for (volatile uint32_t v = 0; threat_goes_on(); v = (v + 1) % 256)
		if (v < 16 || v >= 32)
			CATCH(apic_write(APIC_ICR, APIC_SELF | v));
	cli();
}

void threat_apic_off(void)
{
	irq_keep = true;
	while (threat_goes_on()) {
		threat_message();
		message_let_in();
		apic_write(APIC_SVR, APIC_SPURIOUS);
		messages_wait(1000);
		apic_write(APIC_SVR, 0x100 | APIC_SPURIOUS);
	}
}

/* By way of disabled, which resets it (SDM vol. 3, 11.12.5). */
void threat_xapic(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE) & ~(APIC_BASE_ON | APIC_BASE_X2);

	while (threat_goes_on()) {
		threat_message();
		wrmsr(MSR_APIC_BASE, base);
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_ON);
		apic_enable();
		message_let_in();
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_ON | APIC_BASE_X2);
		message_let_in();
	}
}
