// SPDX-License-Identifier: Apache-2.0
#include "timer.h"

#include <stdbool.h>

#include "apic.h"
#include "cpu.h"
#include "idt.h"

#define CALIBRATION 1000000u // ticks

static bool by_deadline;
static uint64_t counts_per_2_32_ticks; // one-shot: APIC timer counts in 2^32 TSC ticks

static void calibrate(void)
{
	uint64_t start, spent;
	uint32_t counts;

	apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
	apic_write(APIC_TIMER_INITIAL, UINT32_MAX);
	start = rdtsc();
	while (rdtsc() - start < CALIBRATION)
		;
	counts = UINT32_MAX - apic_read(APIC_TIMER_CURRENT);
	spent = rdtsc() - start;
	apic_write(APIC_TIMER_INITIAL, 0);
	counts_per_2_32_ticks = ((uint64_t)counts << 32) / spent;
}

void timer_init(void)
{
	by_deadline = cpuid(1, 0).ecx & CPUID_1_ECX_DEADLINE;
	if (by_deadline) {
		apic_write(APIC_LVT_TIMER, LVT_DEADLINE | VECTOR_TIMER);
		// The LVT may be memory and the deadline is an MSR: SDM vol. 3, "TSC-Deadline
		// Mode".
		asm volatile("mfence" : : : "memory");
	} else {
		calibrate();
		apic_write(APIC_LVT_TIMER, VECTOR_TIMER);
	}
}

uint64_t timer_arm(uint64_t delay)
{
	uint64_t due = rdtsc() + delay;

	if (by_deadline)
		wrmsr(MSR_TSC_DEADLINE, due);
	else
		apic_write(APIC_TIMER_INITIAL, (uint32_t)(delay * counts_per_2_32_ticks >> 32) + 1);
	return due;
}
