// SPDX-License-Identifier: Apache-2.0
// Memory between processors: code that another one rewrites, translations, and monitored lines.
#include "smp.h"

static volatile uint32_t phase, result;

/* A page of code: mov $n, %eax; ret. */
static uint32_t (*code)(void);

static void write_code(uint32_t n)
{
	uint8_t *page = (uint8_t *)(uintptr_t)code;

	page[0] = 0xb8;
	page[1] = (uint8_t)n;
	page[2] = (uint8_t)(n >> 8);
	page[3] = 0;
	page[4] = 0;
	page[5] = 0xc3;
}

static void call_in_turn(void)
{
	for (uint32_t i = 1; i <= 100; i++) {
		while (phase != 2 * i - 1)
			pause();
		cpuid(0, 0); /* serializes: SDM vol. 3, 9.1.3 */
		if (code() == i)
			result++;
		phase = 2 * i;
	}
}

TEST(cross_modified_code)
{
	if (!smp_begin())
		return;
	code = (uint32_t(*)(void))(uintptr_t)page_alloc();
	phase = result = 0;
	run_on(1, call_in_turn);
	for (uint32_t i = 1; i <= 100; i++) {
		write_code(i);
		phase = 2 * i - 1;
		if (!wait_until(&phase, 2 * i))
			break;
	}
	wait_for(1);
	check_eq("calls of what was written last", 100, result);
}

static volatile uint32_t *monitored;

static void monitor_line(void)
{
	result = 0;
	while (!monitored[0]) {
		asm volatile("monitor" ::"a"(monitored), "c"(0), "d"(0));
		if (monitored[0])
			break;
		phase = 1;
		asm volatile("mwait" ::"a"(0), "c"(0));
		result++;
	}
	phase = 2;
}

/*
 * A store by another processor ends MWAIT, though that one has written to the page before and knows
 * it by another linear address.
 */
TEST(store_ends_mwait)
{
	volatile uint32_t *alias;

	if (!smp_begin())
		return;
	if (!(cpuid(1, 0).ecx & BIT(3))) {
		skip("no MONITOR");
		return;
	}
	monitored = page_alloc();
	alias = map_physical(address_of(monitored));
	phase = 0;
	for (unsigned int i = 0; i < 100; i++)
		alias[512] = i;
	run_on(1, monitor_line);
	check("it waits", wait_until(&phase, 1));
	spend(10000);
	alias[0] = 1;
	check("it goes on", wait_until(&phase, 2));
	ipi(1, ICR_ASSERT | VECTOR_TEST); /* so that a failure does not lose the processor */
	wait_for(1);
}
