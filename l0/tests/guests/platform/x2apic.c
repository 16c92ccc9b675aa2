// SPDX-License-Identifier: Apache-2.0
// x2APIC mode; linked last, since only a reset leaves it.
#include "platform.h"

TEST(x2apic)
{
	uint32_t id = apic_read(APIC_ID) >> 24;

	NEED_PLATFORM(apic_enable_x2(), "no x2APIC");
	check_eq("identifier", id, apic_read(APIC_ID));
	irq_count[0x91] = 0;
	wrmsr(0x83f, 0x91);
	check("self-IPI register", wait_irq(0x91, 1, LONG_WAIT));
	start_timer(0, 0x93, 10000);
	check("timer", wait_irq(0x93, 1, LONG_WAIT));
	wrmsr(0x83f, 15);
	wrmsr(0x828, 0);
	/* The engine says that it was received. */
	check_eq("illegal self-IPI", under_l0() ? 0x20 : 0x40, rdmsr(0x828));
	check_eq("EOI of 1", GP, (uint64_t)CATCH(wrmsr(0x80b, 1)));
	check_eq("unknown register", GP, (uint64_t)CATCH(rdmsr(0x8ff)));
	check_eq("back to xAPIC", GP,
		 (uint64_t)CATCH(wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) & ~APIC_BASE_X2)));
}
