/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest does, told to who asks from outside while it runs: a byte on the monitor's line
 * (lib/console.h), which is an exit of the boot processor. Each vCPU is asked by a ring and tells
 * its own state, for nobody else may read its VMCS.
 *
 *     trace=off    once asked it goes through a traced entry point (exit.S) until it has seen
 *                  TRACE_EXITS exits, or is hurried, and then tells
 *     trace=last   the entry point is traced from the start: it tells at once
 *     trace=lines  the same, and the first trace_lines exits go out as a line each
 *
 * The traced entry point looks at the exit and goes on at the one that was there before, with all
 * registers as they were. With trace=off an exit executes not an instruction more. What it takes
 * is counted as the guest's time.
 */
#ifndef VCPU_TRACE_H
#define VCPU_TRACE_H

/* struct cpu_trace, from GS */
#define CPU_TRACE_NEXT 32

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

#include "measure/channel.h"

struct regs;
struct vcpu;

#define TRACE_NOW 0x80000000u

struct trace {
	/* By any CPU: how many vCPUs are asked with it, and TRACE_NOW; 0: nobody asks. */
	uint32_t asked;
	uint32_t told_with; /* the same, of the asking that is being answered; 0: none is */
	bool always;        /* trace=last or lines */
	uint64_t exits;     /* that were traced */
	uint64_t lines;     /* of them go out as lines */
	struct channel_exit last[TRACE_EXITS]; /* exit number n at n % TRACE_EXITS */
};

/* As the knobs say; both of its VMCSs have been made, and one is current. */
void trace_init(struct vcpu *v);

/* A byte from the monitor's line. Every vCPU of every machine is to tell its state: */
#define TRACE_TELL  'd' /* when it has seen TRACE_EXITS exits */
#define TRACE_HURRY 'n' /* with those that it has seen, if it was asked and has not told yet */
void trace_ask(uint8_t word);

static inline bool trace_asked(const struct trace *t)
{
	return __atomic_load_n(&t->asked, __ATOMIC_RELAXED) != 0;
}

/* For the vCPU that was: it tells, or begins to look. Its guest has just exited. */
void trace_answer(struct vcpu *v);

/* Called by exit.S at each exit while it looks. */
void trace_exit(const struct regs *regs);
#endif

#endif
