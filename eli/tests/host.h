/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least L0 that the library can be used by: one vCPU, its virtual local APIC, two modes. What
 * README.md says an L0 has to do is done here, call by call.
 */
#ifndef HOST_H
#define HOST_H

#include <stdbool.h>
#include <stdint.h>
#include "apic.h"
#include "cpu.h"
#include "eli_fault.h"
#include "eli_guard.h"
#include "eli_mode.h"
#include "memory.h"

struct host {
	struct cpu *guest;
	struct vmcs vmcs;
	struct shadow shadow;
	struct apic virtual;
	struct eli_guard guard;
	struct eli_controls now;
	enum eli_way way;
	bool x2apic, cuts; /* @cuts: with the IDTR limit as well */
	struct eli_vectors open, l0;
	uint64_t idt_base; /* the guest's IDTR */
	uint16_t idt_limit;
	struct event redo;
	bool own_requested;
	uint64_t time;
	/* What happened, for those who want to know that it did. */
	uint64_t taken; /* interrupts of L0's own */
	uint64_t direct, left, handed;
	uint64_t kind[ELI_SOFTWARE + 1];
};

void host_init(struct host *h, struct cpu *guest, struct memory *memory);

/* The guest runs until nothing is due; all its exits are answered. @kick: it begins with one. */
void host_run(struct host *h, bool kick);

/* An exit by the guard's deadline, if it is over. False if there was none. */
bool host_look(struct host *h);

/* The exit of an instruction of the guest's, and the guest goes on. */
void host_exit(struct host *h, enum reason why);
void host_write_eoi(struct host *h);
void host_write_tpr(struct host *h, uint8_t tpr);
void host_load_idt(struct host *h, uint64_t base, uint16_t limit);

/* The guest's store of a byte: by itself, or by L0 where the frame is write-protected. */
void host_store(struct host *h, unsigned frame, unsigned at, uint8_t value);

/* Which vectors come by the processor's APIC from now on. */
void host_assign(struct host *h, const struct eli_vectors *open);

#endif
