// SPDX-License-Identifier: Apache-2.0
// Interrupts: the timer's, met running and halted, and one sent to oneself.
#include "apic.h"
#include "cpu.h"
#include "idt.h"
#include "operations.h"
#include "percpu.h"
#include "timer.h"

#define DELAY    400000u    // ticks; more than arming the timer costs a nested guest
#define PATIENCE (1u << 28) // ticks, or rounds of a loop, after which an interrupt is lost

// Written by the handlers.
static PER_CPU volatile uint64_t timers, timer_done, ipis;

__attribute__((interrupt)) static void on_timer(struct interrupt_frame *frame)
{
	(void)frame;
	apic_eoi();
	timer_done = rdtsc();
	timers++;
}

__attribute__((interrupt)) static void on_ipi(struct interrupt_frame *frame)
{
	(void)frame;
	apic_eoi();
	ipis++;
}

const char *prepare_apic(void)
{
	if (!apic_present())
		return "no local APIC";
	idt_set(VECTOR_IPI, (const void *)on_ipi);
	return NULL;
}

const char *prepare_timer(void)
{
	if (!apic_present())
		return "no local APIC";
	idt_set(VECTOR_TIMER, (const void *)on_timer);
	timer_init();
	return NULL;
}

// An interrupt that comes before it is due (a one-shot count is only nearly exact) is not late.
static uint64_t late(uint64_t at, uint64_t due)
{
	return at > due ? at - due : 0;
}

bool op_interrupt(uint64_t *ticks)
{
	uint64_t before = timers, due = timer_arm(DELAY);

	interrupts_on();
	while (timers == before && rdtsc() < due + PATIENCE)
		;
	interrupts_off();
	*ticks = late(timer_done, due);
	return timers == before + 1;
}

bool op_hlt_wake(uint64_t *ticks)
{
	uint64_t before = timers, due = timer_arm(DELAY), awake;

	halt_interruptible();
	awake = rdtsc();
	interrupts_off();
	*ticks = late(awake, due);
	return timers == before + 1;
}

bool op_self_ipi(uint64_t *ticks)
{
	uint64_t before = ipis, start;

	interrupts_on();
	start = rdtsc();
	apic_self_ipi(VECTOR_IPI);
	for (uint32_t i = 0; i < PATIENCE && ipis == before; i++)
		;
	*ticks = rdtsc() - start;
	interrupts_off();
	return ipis == before + 1;
}

// Takes RAX, RCX and RDX of what it interrupts, and so says in RCX that it was there.
void on_lean_ipi(void);
asm(".text\non_lean_ipi:\n"
    "	mov	$0x80b, %ecx\n"
    "	xor	%eax, %eax\n"
    "	xor	%edx, %edx\n"
    "	wrmsr\n"
    "	iretq\n");

const char *prepare_self_ipi_msr(void)
{
	if (!apic_is_x2apic())
		return "no x2APIC";
	idt_set(VECTOR_LEAN, (const void *)on_lean_ipi);
	return NULL;
}

bool op_self_ipi_msr(uint64_t *ticks)
{
	uint64_t start, end;
	uint32_t left = PATIENCE;

	interrupts_on();
	asm volatile("rdtsc; shl $32, %%rdx; or %%rdx, %%rax; mov %%rax, %0\n"
		     "	mov	$0x83f, %%ecx\n"
		     "	mov	%3, %%eax\n"
		     "	xor	%%edx, %%edx\n"
		     "	wrmsr\n"
		     "1:	cmp	$0x80b, %%ecx\n"
		     "	je	2f\n"
		     "	dec	%1\n"
		     "	jnz	1b\n"
		     "2:	rdtsc; shl $32, %%rdx; or %%rdx, %%rax"
		     : "=&r"(start), "+&r"(left), "=&a"(end)
		     : "i"(VECTOR_LEAN)
		     : "rcx", "rdx", "memory", "cc");
	interrupts_off();
	*ticks = end - start;
	return left;
}
