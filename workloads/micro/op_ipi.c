// SPDX-License-Identifier: Apache-2.0
/*
 * An interrupt from one CPU to another. CPUs work in pairs at once: each even one sends, the next
 * receives; a last one without a partner does nothing. The TSCs are taken to agree, as on every
 * machine whose CPUID says that they are invariant.
 */
#include "apic.h"
#include "cpu.h"
#include "cpus.h"
#include "idt.h"
#include "operations.h"
#include "percpu.h"

#define PATIENCE (1u << 28) // rounds of a loop after which an interrupt is lost
// Ticks from the receiver's word that it is ready, to be sure that it is.
#define SETTLE_BUSY 2000u
#define SETTLE_HLT  400000u

struct pair {
	volatile uint64_t ready; // the receiver waits
	volatile uint64_t at;    // TSC in its handler; 0: not yet
} __attribute__((aligned(64)));

static struct pair pairs[CPUS_MAX / 2];
static PER_CPU volatile uint64_t received;

static struct pair *own_pair(void)
{
	return &pairs[cpu_number() / 2];
}

__attribute__((interrupt)) static void on_pair(struct interrupt_frame *frame)
{
	(void)frame;
	own_pair()->at = rdtsc();
	apic_eoi();
	received++;
}

const char *prepare_ipi(void)
{
	if (!apic_present())
		return "no local APIC";
	if (cpus_count() < 2)
		return "one processor alone";
	idt_set(VECTOR_PAIR, (const void *)on_pair);
	return NULL;
}

static bool comes(const volatile uint64_t *word)
{
	for (uint32_t i = 0; i < PATIENCE && *word == 0; i++)
		;
	return *word != 0;
}

static void settle(uint64_t ticks)
{
	uint64_t start = rdtsc();

	while (rdtsc() - start < ticks)
		;
}

// *there: ticks until the handler ran; *seen: until this CPU knew.
static bool send(uint64_t quiet, uint64_t *there, uint64_t *seen)
{
	struct pair *pair = own_pair();
	uint32_t to = cpu_number() + 1;
	uint64_t start;
	bool came;

	if (!comes(&pair->ready))
		return false;
	pair->ready = 0;
	settle(quiet);
	start = rdtsc();
	apic_send(to, VECTOR_PAIR);
	came = comes(&pair->at);
	*seen = rdtsc() - start;
	*there = pair->at > start ? pair->at - start : 0;
	pair->at = 0;
	return came;
}

static bool receive(bool halted)
{
	uint64_t before = received;

	own_pair()->ready = 1;
	if (halted)
		halt_interruptible();
	interrupts_on();
	for (uint32_t i = 0; i < PATIENCE && received == before; i++)
		;
	interrupts_off();
	return received == before + 1;
}

static bool exchange(bool halted, uint64_t *there, uint64_t *seen)
{
	if ((cpu_number() | 1) >= cpus_count())
		return true;
	if (cpu_number() & 1)
		return receive(halted);
	return send(halted ? SETTLE_HLT : SETTLE_BUSY, there, seen);
}

bool op_ipi(uint64_t *ticks)
{
	uint64_t seen;

	return exchange(false, ticks, &seen);
}

bool op_ipi_answer(uint64_t *ticks)
{
	uint64_t there;

	return exchange(false, &there, ticks);
}

bool op_ipi_hlt(uint64_t *ticks)
{
	uint64_t seen;

	return exchange(true, ticks, &seen);
}
