// SPDX-License-Identifier: Apache-2.0
// INIT and SIPI outside of VMX. SDM vol. 3, 9.4.
#include "smp.h"

static volatile uint32_t phase;

static volatile uint64_t counter;

static void store_counter(void)
{
	counter = rdtsc();
}

/* INIT leaves the time-stamp counter as it is: SDM vol. 3, table 10-1. */
TEST(init_keeps_counter)
{
	uint64_t before;

	if (!smp_begin())
		return;
	before = rdtsc();
	check("started again", restart(1));
	run_on(1, store_counter);
	wait_for(1);
	check("the counter goes on", counter > before && counter < rdtsc());
}

/* Both commands at once: INIT is still on its way when SIPI comes. */
TEST(sipi_right_after_init)
{
	if (!smp_begin())
		return;
	for (unsigned int cpu = 1; cpu < cpu_count; cpu++)
		check("started again", restart(cpu));
}

static void never_return(void)
{
	phase = 1;
	for (;;)
		pause();
}

TEST(init_takes_a_running_processor)
{
	if (!smp_begin())
		return;
	phase = 0;
	run_on(1, never_return);
	check("it runs", wait_until(&phase, 1));
	check("started again", restart(1));
}

/* A second SIPI, and one to a processor that does not wait for it, are nothing. */
TEST(sipi_alone)
{
	if (!smp_begin())
		return;
	ipi(1, ICR_SIPI | ICR_ASSERT | 0x9f);
	spend(1000);
	run_on(1, trap_reload);
	wait_for(1);
}
