// SPDX-License-Identifier: Apache-2.0
// Processors that work at the same time. busy=N makes it N million ticks each, running=N keeps all
// but N processors halted: how the engine's speed with several processors is measured.
#include "smp.h"

#define MILLION      1000000ULL
#define DEFAULT_BUSY 1

static uint64_t busy;
static volatile uint64_t rounds[CPUS_MAX];
static volatile uint32_t sums[CPUS_MAX];

/* Calls, branches, loads and stores: some of everything. */
static __attribute__((noinline)) uint32_t mix(uint32_t *words, uint32_t x)
{
	for (unsigned int i = 0; i < 64; i++) {
		x = x * 1664525 + 1013904223;
		if (x & 0x10000)
			words[(x >> 20) & 255] += x;
		else
			x ^= words[i];
	}
	return x;
}

static void work(void)
{
	unsigned int cpu = this_cpu();
	uint64_t end = rdtsc() + busy, n = 0;
	uint32_t words[256] = {cpu}, x = 1;

	while (rdtsc() < end) {
		for (unsigned int i = 0; i < 20; i++)
			x = mix(words, x);
		n++;
	}
	sums[cpu] = x;
	rounds[cpu] = n;
}

TEST(all_work_at_the_same_speed)
{
	uint64_t running;

	/* running=1 also measures a machine of one processor. */
	if (!smp_begin() && !option("running"))
		return;
	running = option_number("running", cpu_count);
	busy = option_number("busy", DEFAULT_BUSY) * MILLION;
	for (unsigned int cpu = 1; cpu < running; cpu++)
		run_on(cpu, work);
	work();
	spend(busy / 100);
	wait_for_all();
	for (unsigned int cpu = 1; cpu < running; cpu++)
		check("as much as the first one",
		      rounds[cpu] + rounds[0] / 50 >= rounds[0] &&
			      rounds[0] + rounds[0] / 50 >= rounds[cpu]);
}
