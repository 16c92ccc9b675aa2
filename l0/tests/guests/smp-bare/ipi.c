// SPDX-License-Identifier: Apache-2.0
// Interrupts between processors: every way of naming them, and what they find the target doing.
// SDM vol. 3, 11.6.
#include "smp.h"

enum { LOGICAL = 0xd0, FORMAT = 0xe0 };

static volatile uint32_t halted;

static void set_flat_identity(void)
{
	apic_write((enum apic_register)FORMAT, 0xffffffff);
	apic_write((enum apic_register)LOGICAL, (1U << this_cpu()) << 24);
}

static void set_cluster_identity(void)
{
	apic_write((enum apic_register)FORMAT, 0x0fffffff);
	apic_write((enum apic_register)LOGICAL, ((1 + this_cpu() / 4) << 4 | 1U << (this_cpu() & 3))
							<< 24);
}

TEST(others_start)
{
	if (!smp_begin())
		return;
	print("INFO %u processors\n", cpu_count);
	check("the first one is the bootstrap processor", rdmsr(MSR_APIC_BASE) & BIT(8));
}

TEST(physical_and_shorthands)
{
	if (!smp_begin())
		return;
	for (unsigned int cpu = 0; cpu < cpu_count; cpu++)
		check_eq("to one", 1, sent_to(cpu, 0));
	check_eq("to nobody", 0, sent_to(0xe, 0));
	check_eq("to itself", 1, sent_to(0, APIC_SELF));
	check_eq("to all", cpu_count, sent_to(0, ICR_ALL));
	check_eq("to the others", cpu_count - 1, sent_to(0, ICR_OTHERS));
	check_eq("to all by identifier", cpu_count, sent_to(0xff, 0));
}

TEST(logical_flat)
{
	if (!smp_begin())
		return;
	set_flat_identity();
	run_on_all_others(set_flat_identity);
	wait_for_all();
	check_eq("to the first", 1, sent_to(1, ICR_LOGICAL));
	check_eq("to the first two", 2, sent_to(3, ICR_LOGICAL));
	check_eq("to all", cpu_count, sent_to(0xff, ICR_LOGICAL));
	check_eq("lowest priority to all", 1, sent_to(0xff, ICR_LOGICAL | ICR_LOWEST));
}

TEST(logical_cluster)
{
	if (!smp_begin())
		return;
	set_cluster_identity();
	run_on_all_others(set_cluster_identity);
	wait_for_all();
	check_eq("to the first two of the cluster", 2, sent_to(0x13, ICR_LOGICAL));
	check_eq("to another cluster", 0, sent_to(0xef, ICR_LOGICAL));
	set_flat_identity();
	run_on_all_others(set_flat_identity);
	wait_for_all();
}

static void halt_without_interrupts(void)
{
	halted = 1;
	asm volatile("hlt" ::: "memory");
	halted = 2;
}

/* An NMI wakes a processor that halts with interrupts off; an interrupt does not. */
TEST(nmi_wakes)
{
	uint32_t before = irq_count[NMI];

	if (!smp_begin())
		return;
	halted = 0;
	run_on(1, halt_without_interrupts);
	check("it halts", wait_until(&halted, 1));
	spend(1000);
	ipi(1, ICR_ASSERT | VECTOR_TEST);
	spend(5000);
	check_eq("an interrupt leaves it halted", 1, halted);
	ipi(1, ICR_NMI | ICR_ASSERT);
	wait_for(1);
	check_eq("after the NMI", 2, halted);
	check_eq("NMIs", before + 1, irq_count[NMI]);
}

static void disable_for_a_while(void)
{
	apic_write(APIC_SVR, 0xff);
	halted = 1;
	while (halted != 2)
		pause();
	apic_enable();
	sti();
	spend(5000);
	cli();
}

/* An APIC that software has disabled accepts no interrupt. SDM vol. 3, 11.4.7.2. */
TEST(disabled_apic)
{
	uint32_t before = irq_count[VECTOR_TEST];

	if (!smp_begin())
		return;
	halted = 0;
	run_on(1, disable_for_a_while);
	check("it is disabled", wait_until(&halted, 1));
	ipi(1, ICR_ASSERT | VECTOR_TEST);
	ipi(0, ICR_ASSERT | ICR_OTHERS | VECTOR_TEST);
	halted = 2;
	wait_for(1);
	check_eq("interrupts of the others", before + cpu_count - 2, irq_count[VECTOR_TEST]);
}

static volatile uint32_t ping, rounds;

static void answer(void)
{
	for (uint32_t i = 1; i <= rounds; i++) {
		while (ping != 2 * i - 1)
			pause();
		ping = 2 * i;
	}
}

/* Two processors that wait for each other in turn make progress. */
TEST(spinning_in_turn)
{
	uint64_t start;

	if (!smp_begin())
		return;
	ping = 0;
	rounds = 1000;
	run_on(1, answer);
	start = rdtsc();
	for (uint32_t i = 1; i <= rounds; i++) {
		ping = 2 * i - 1;
		if (!wait_until(&ping, 2 * i))
			break;
	}
	check_eq("rounds", rounds, ping / 2);
	wait_for(1);
	print("INFO a round of two spinning processors takes %lu ticks\n",
	      (rdtsc() - start) / rounds);
}
