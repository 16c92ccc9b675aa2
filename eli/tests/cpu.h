/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A processor as far as interrupts go: its local APIC, its IDT, IF, RF and a stack of frames. It
 * runs a guest on the bare machine, where what it does is the truth, and the same guest under an L0
 * (host.h), whose controls are then in a VMCS.
 */
#ifndef CPU_H
#define CPU_H

#include <stdbool.h>
#include <stdint.h>
#include "apic.h"
#include "eli_fault.h"
#include "memory.h"
#include "vmx_bits.h"

#define CPU_DEPTH   64
#define CPU_RECORDS 64
#define CPU_STEP    2 /* bytes of every instruction of the guest's */

#define VECTOR_NP 11
#define VECTOR_GP 13

/* An event as the words of a VMCS have it. */
struct event {
	uint32_t info, error, length;
};

static inline struct event event_of(unsigned type, uint8_t vector)
{
	return (struct event){.info = EVENT_VALID | type << EVENT_TYPE_SHIFT | vector};
}

/* What a handler finds on its stack, and where it is. */
struct frame {
	uint64_t rip, handler;
	uint32_t error;
	uint8_t vector;
	bool interrupts, rf;
};

enum reason { RUNS, INTERRUPT, EXCEPTION, VIOLATION, WINDOW };

/* The VMCS, as far as it counts here. */
struct vmcs {
	bool exit_interrupt, exit_faults, window;
	bool violation; /* the next delivery meets an EPT violation */
	struct event entry;
	struct eli_exit exit;
	uint32_t vectoring_error;
	bool rf; /* what RF was before the exit; no VMCS tells it */
};

struct cpu {
	struct apic apic;
	struct memory *memory;
	const uint8_t *sees[MEMORY_FRAMES]; /* what EPT has at each frame */
	uint64_t idt_base;
	uint16_t idt_limit;
	uint64_t rip;
	bool interrupts, rf;
	uint64_t rf_lost; /* how often its L0 could not know that it was set */
	unsigned depth;
	struct frame stack[CPU_DEPTH];
	unsigned records; /* handlers begun since somebody cleared it */
	struct frame record[CPU_RECORDS];
	struct vmcs *vmcs; /* NULL: the bare machine */
};

void cpu_init(struct cpu *c, struct memory *memory, struct vmcs *vmcs);

/* Everything that is due is delivered: RUNS, or an exit. */
enum reason cpu_run(struct cpu *c);

/* Instructions of the guest. INT n may exit; those above 32 alone, and below depth CPU_DEPTH. */
void cpu_step(struct cpu *c);
void cpu_set_if(struct cpu *c, bool on);
void cpu_iret(struct cpu *c);
enum reason cpu_int(struct cpu *c, uint8_t vector);

#endif
