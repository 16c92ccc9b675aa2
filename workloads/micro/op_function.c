// SPDX-License-Identifier: Apache-2.0
/*
 * An interrupt of a device that is another processor's work: from the moment when it is sent, by
 * the device's own word, to the first instruction of the handler.
 */
#include "apic.h"
#include "cpu.h"
#include "cpus.h"
#include "function.h"
#include "idt.h"
#include "line.h"
#include "operations.h"
#include "sample.h"

#define PATIENCE (1u << 26) // ticks after which it is lost
#define QUIET    2000u      // ticks before each, until the device has nothing to do

#define KEPT     1024u    // samples, of the last of them
#define NEW_GATE 3000000u // ticks after which a hypervisor has made of it what it makes of it

static volatile uint64_t at; // TSC in the handler; 0: not yet
static uint64_t ahead;       // what that TSC is ahead of the machine's clock
static uint64_t kept[KEPT], samples;

__attribute__((interrupt)) static void on_function(struct interrupt_frame *frame)
{
	(void)frame;
	at = rdtsc();
	apic_eoi();
}

static void rest(uint64_t ticks)
{
	uint64_t start = rdtsc();

	while (rdtsc() - start < ticks)
		;
}

const char *prepare_function(void)
{
	struct cpuid clock = cpuid(MARKER_CLOCK, 0);
	const char *why;

	if (!apic_present())
		return "no local APIC";
	if (cpu_number() != 0)
		return "one CPU alone drives it";
	ahead = (uint64_t)clock.edx << 32 | clock.eax;
	idt_set(VECTOR_FUNCTION, (const void *)on_function);
	why = function_start(VECTOR_FUNCTION);
	if (why == NULL)
		rest(NEW_GATE);
	return why;
}

static void wait_halted(void)
{
	while (at == 0) {
		halt_interruptible();
		interrupts_off();
	}
}

// Who reads the time is not ahead of the device's processor, on an engine that lets them drift.
static void wait_busy(void)
{
	uint64_t start = rdtsc();

	interrupts_on();
	while (at == 0 && rdtsc() - start < PATIENCE)
		;
	interrupts_off();
}

// The device says when it sent it only after it has.
static bool said(uint64_t before)
{
	uint64_t start = rdtsc();

	while (function_sent() == before && rdtsc() - start < PATIENCE)
		;
	return function_sent() != before;
}

static bool ask(bool halted, uint64_t *ticks)
{
	uint64_t before = function_sent(), sent;

	rest(QUIET);
	at = 0;
	function_ask();
	if (halted)
		wait_halted();
	else
		wait_busy();
	if (at == 0 || !said(before))
		return false;
	sent = function_sent() + ahead;
	*ticks = at > sent ? at - sent : 0;
	kept[samples++ % KEPT] = *ticks;
	return true;
}

static uint64_t kept_last(uint64_t i)
{
	return kept[(samples - 1 - i) % KEPT];
}

// By nearest rank: the least sample that so many do not exceed.
static uint64_t percentile(uint64_t count, unsigned int percent)
{
	uint64_t rank = (count * percent + 99) / 100, best = UINT64_MAX;

	for (uint64_t i = 0; i < count; i++) {
		uint64_t below = 0;

		for (uint64_t j = 0; j < count; j++)
			below += kept_last(j) <= kept_last(i);
		if (below >= rank && kept_last(i) < best)
			best = kept_last(i);
	}
	return best;
}

void tell_function(struct line *line, uint64_t count)
{
	if (count == 0 || count > KEPT)
		return;
	line_count(line, "ticks_p50", percentile(count, 50));
	line_count(line, "ticks_p99", percentile(count, 99));
}

bool op_function(uint64_t *ticks)
{
	return ask(false, ticks);
}

bool op_function_hlt(uint64_t *ticks)
{
	return ask(true, ticks);
}
