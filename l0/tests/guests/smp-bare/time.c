// SPDX-License-Identifier: Apache-2.0
// Each processor's clock: never behind one that was read before, whoever read it, and exact.
#include "smp.h"

static volatile uint32_t lock, warps, finished, stop;
static volatile uint64_t last, woken_at, expected_at;

static uint64_t read_in_turn(void)
{
	uint64_t now;

	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
		pause();
	now = rdtsc();
	if (now < last)
		warps++;
	last = now;
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
	return now;
}

static void read_once(void)
{
	read_in_turn();
}

static void read_often(void)
{
	for (unsigned int i = 0; i < 2000; i++)
		read_in_turn();
	__atomic_fetch_add(&finished, 1, __ATOMIC_RELEASE);
}

/* What operating systems look for before they trust the counter. */
TEST(tsc_never_goes_back)
{
	if (!smp_begin())
		return;
	last = warps = finished = 0;
	run_on_all_others(read_often);
	read_often();
	wait_for_all();
	check_eq("processors", cpu_count, finished);
	check_eq("readings before an earlier one", 0, warps);
}

static void work_until_stopped(void)
{
	while (!stop)
		asm volatile("" ::: "memory");
}

/* A tick is an instruction of this processor, whatever the others do: n between two readings. */
TEST(tsc_counts_own_instructions)
{
	uint64_t first, second;

	if (!smp_begin())
		return;
	stop = 0;
	run_on_all_others(work_until_stopped);
	for (unsigned int i = 0; i < 100; i++) {
		asm volatile("rdtsc; shl $32, %%rdx; or %%rdx, %%rax; mov %%rax, %0\n"
			     ".rept 90; nop; .endr\n"
			     "rdtsc; shl $32, %%rdx; or %%rdx, %%rax"
			     : "=&r"(first), "=a"(second)::"rdx");
		check_eq("ticks", 94, second - first);
	}
	stop = 1;
	wait_for_all();
}

/* A processor that slept has lived through the time of those that did not. */
TEST(tsc_goes_on_in_halt)
{
	if (!smp_begin())
		return;
	for (unsigned int cpu = 1; cpu < cpu_count; cpu++) {
		spend(50000);
		read_in_turn();
		warps = 0;
		run_on(cpu, read_once);
		wait_for(cpu);
		check_eq("readings before an earlier one", 0, warps);
	}
}

/* Halts until its own timer rings, and says when that was. */
static void sleep_by_deadline(void)
{
	uint64_t deadline = rdtsc() + 200000;
	uint32_t before = irq_count[VECTOR_TIMER];

	apic_write(APIC_LVT_TIMER, LVT_DEADLINE | VECTOR_TIMER);
	wrmsr(MSR_TSC_DEADLINE, deadline);
	while (irq_count[VECTOR_TIMER] == before)
		halt();
	woken_at = rdtsc();
	expected_at = deadline;
	apic_write(APIC_LVT_TIMER, LVT_MASKED);
}

/* The way from the interrupt to the reading; with L0 it begins with an exit, and each access of the
 * APIC is another. */
#define LATE (under_l0() ? 5000U : 300U)

static void check_woken_in_time(const char *what)
{
	check(what, woken_at >= expected_at && woken_at < expected_at + LATE);
}

TEST(own_timer)
{
	if (!smp_begin())
		return;
	if (!(cpuid(1, 0).ecx & BIT(24))) {
		skip("no TSC deadline");
		return;
	}
	for (unsigned int cpu = 1; cpu < cpu_count; cpu++) {
		run_on(cpu, sleep_by_deadline);
		wait_for(cpu);
		check_woken_in_time("woken in time while another one runs");
	}
	sleep_by_deadline();
	check_woken_in_time("woken in time while all sleep");
}

/* A halted one is called: what it reads cannot be before the call, nor much after it. */
static void note_time(void)
{
	woken_at = rdtsc();
}

TEST(call_takes_its_time)
{
	uint64_t longest = 0;

	if (!smp_begin())
		return;
	for (unsigned int i = 0; i < 200; i++) {
		uint64_t sent;

		spend(1000 + 7 * i);
		sent = rdtsc();
		run_on(1, note_time);
		wait_for(1);
		check("not before the call", woken_at > sent);
		if (woken_at - sent > longest)
			longest = woken_at - sent;
	}
	check("soon after the call", longest < (under_l0() ? 20000U : 5000U));
	print("INFO the longest call takes %lu ticks\n", longest);
}
