// SPDX-License-Identifier: Apache-2.0
// The same in x2APIC mode. The last file, since only a reset leaves that mode. SDM vol. 3, 11.12.
#include "smp.h"

static volatile uint64_t apic_base;

static void switch_to_x2apic(void)
{
	apic_enable_x2();
}

/* Logical identifiers are fixed: the cluster in bits 31:16, a bit each. SDM vol. 3, 11.12.10.2. */
TEST(x2apic)
{
	if (!smp_begin())
		return;
	if (!apic_enable_x2()) {
		skip("no x2APIC");
		return;
	}
	for (unsigned int cpu = 1; cpu < cpu_count; cpu++) {
		run_on(cpu, switch_to_x2apic);
		wait_for(cpu);
		check_eq("to one", 1, sent_to(cpu, 0));
	}
	check_eq("to the others", cpu_count - 1, sent_to(0, ICR_OTHERS));
	check_eq("to the first two of the cluster", 2, sent_to(3, ICR_LOGICAL));
	check_eq("to another cluster", 0, sent_to(0x1ffff, ICR_LOGICAL));
	check_eq("to all by identifier", cpu_count, sent_to(0xffffffff, 0));
	ipi(1, ICR_ASSERT | VECTOR_TEST);
	check_eq("the command reads back", BIT(32) | ICR_ASSERT | VECTOR_TEST,
		 rdmsr(MSR_X2APIC + APIC_ICR / 16));
}

static void store_apic_base(void)
{
	apic_base = rdmsr(MSR_APIC_BASE);
}

/* INIT leaves the APIC in the mode that it has. SDM vol. 3, 11.12.5.1. */
TEST(init_keeps_apic_mode)
{
	if (!smp_begin())
		return;
	check("started again", restart(1));
	run_on(1, store_apic_base);
	wait_for(1);
	check_eq("x2APIC mode", rdmsr(MSR_APIC_BASE) & APIC_BASE_X2, apic_base & APIC_BASE_X2);
}
