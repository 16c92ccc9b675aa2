/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where L0's ticks go, instruction by instruction (knob profile=yes). L0 steps through itself: the
 * entry point of an exit is a variant (loop/exit.S) that sets RFLAGS.TF before it calls the
 * handler, and the #DB after each instruction (profile.S) counts the address of the next one, until
 * the handler returns. One emulated instruction is one tick, so the counts are exact ticks there;
 * on a processor that counts cycles they are instructions.
 *
 * The profile's own time is taken back out of the TSC, so that guests, timers and counters see the
 * one that they would see without it. With profile=no nothing of this is ever looked at.
 */
#ifndef VCPU_PROFILE_H
#define VCPU_PROFILE_H

/* exit.S: the WRMSR and all after it up to the call of the handler, which the plain entry has where
 * the profiled one reads the TSC. */
#define PROFILE_EXIT_TICKS 3
/* profile.S: the trap itself, what comes before the RDTSC, and the WRMSR and all after it. */
#define PROFILE_STEP_TICKS 18
/* Instructions of the plain entry point that are not counted: the pushes and the MOV after them;
 * all after the first pop up to the VMRESUME. */
#define PROFILE_STUB_TICKS 33

#ifdef __ASSEMBLER__
#define MSR_TSC 0x10
/* struct cpu_profile, from GS */
#define CPU_PROFILE_COUNTS 8
#define CPU_PROFILE_ENDS   16
#define CPU_PROFILE_DR6    24
#else
#include <stdbool.h>
#include <stdint.h>

#include "measure/channel.h"
#include "measure/counters.h"
#include "measure/reasons.h"

struct regs;

/* Kinds of exits that one measurement has room for; of those beyond it only the number is known. */
#define PROFILE_KINDS  32
#define PROFILE_LEVELS COUNTER_LEVELS

struct profile {
	uint64_t entry_point; /* the host's, with the profile; 0: no profile */
	uint32_t *memory;
	bool measuring;
	unsigned kinds;
	uint64_t missed; /* exits that no kind was left for */
	struct profile_kind kind[PROFILE_KINDS];
	uint8_t number[PROFILE_LEVELS][EXIT_REASON_ROWS]; /* of the kind, from 1 */
};

struct vcpu;

/* Bytes of L0's own memory that profile_init() needs. */
uint64_t profile_memory(void);

/* Switches it on, for the life of the machine; @hpa is the memory. Its
 * CPU is known. */
void profile_init(struct vcpu *v, uint64_t hpa);

/* A measurement begins: all to zero. It ends: the kinds go out as lines of the data channel. */
void profile_begin(struct profile *p);
void profile_end(struct profile *p, uint64_t id);

/* Called by exit.S at each exit: the RFLAGS for the way through the handler, with TF or without. */
uint64_t profile_exit(const struct regs *regs);
#endif

#endif
