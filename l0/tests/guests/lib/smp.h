/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several processors under test. The one that boots starts the others by INIT and SIPI; each then
 * sleeps in HLT until it is called: run_on() gives it a function and an interrupt that wakes it.
 * Only the first processor may check, print and catch; the others leave their findings in memory.
 */
#ifndef SMP_H
#define SMP_H

#include "apic.h"
#include "guest.h"
#include "processor.h"
#include "trap.h"

enum { CPUS_MAX = 16 };

enum smp_vector { VECTOR_CALL = 0x40, VECTOR_TEST = 0x50, VECTOR_TIMER = 0x60 };

/* Bits of the interrupt command, SDM vol. 3, 11.6.1. */
enum icr {
	ICR_LOWEST = 1 << 8,
	ICR_NMI = 4 << 8,
	ICR_INIT = 5 << 8,
	ICR_SIPI = 6 << 8,
	ICR_LOGICAL = 1 << 11,
	ICR_ASSERT = 1 << 14,
	ICR_ALL = 2 << 18,
	ICR_OTHERS = 3 << 18,
};

/* Ticks within which anything between processors must have happened. */
#define SMP_PATIENCE 3000000ULL

/* Processors that run, the first one included; 1 until smp_begin(). */
extern volatile unsigned int cpu_count;
/* Starts the others unless they run; skips the test and returns false where there are none. */
bool smp_begin(void);

/* The initial APIC identifier, which is this processor's index too. */
unsigned int this_cpu(void);
/* Sends `command` to one APIC identifier (or what ICR_LOGICAL makes of it). */
void ipi(uint32_t target, uint32_t command);

/* Lets processor `cpu` call `work`; it must be idle. */
void run_on(unsigned int cpu, void (*work)(void));
/* True when its work is done, within SMP_PATIENCE; else the running test has failed. */
bool wait_for(unsigned int cpu);
void run_on_all_others(void (*work)(void));
void wait_for_all(void);
/* Waits until *word has this value; false after SMP_PATIENCE. */
bool wait_until(const volatile uint32_t *word, uint32_t value);
/* Runs PAUSE for so many ticks. */
void spend(uint64_t ticks);
/* How many processors take VECTOR_TEST when it is sent in this way. */
uint32_t sent_to(uint32_t target, uint32_t command);
/* INIT and SIPI to a processor, which then is idle again. */
bool restart(unsigned int cpu);

static inline void pause(void)
{
	asm volatile("pause" ::: "memory");
}

static inline void halt(void)
{
	asm volatile("sti; hlt; cli" ::: "memory");
}

#endif
