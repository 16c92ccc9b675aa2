/* SPDX-License-Identifier: Apache-2.0 */
/* From knobs and modules to a machine whose vCPUs can run. */
#ifndef START_MACHINE_H
#define START_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "knobs.h"
#include "memory/frames.h"
#include "vcpu/vm.h"
#include "vcpu/vmcs01.h"

struct boot_module;
struct cpu;
struct partition;

/* What making a machine starts from. */
struct machine_plan {
	unsigned number;
	const struct knobs *knobs;
	const struct features *features;
	const struct boot_module
		*module; /* the first is what runs in it, the last may be its disk */
	unsigned modules;
	struct cpu *const *cpu; /* one for each of its vCPUs */
	struct frames *frames;
};

/*
 * A machine of @plan: its memory is taken, its tables are made, what runs in it is loaded, and each
 * of its CPUs knows its vCPU and its work. NULL after a line on the console that says what is
 * wrong.
 */
struct vm *machine_make(const struct machine_plan *plan);

/* Its RAM is its own in @p, and what L0 keeps for it is L0's. False: too many ranges. */
bool machine_claim(const struct vm *vm, struct partition *p);

/* Time begins for it: its clock is 0 now. Its CPUs may go to work after that. */
void machine_switch_on(struct vm *vm);

/*
 * start/vcpu.c, as the work of a CPU with that role: the vCPU's VMX state is made on the CPU, and
 * it runs until its machine ends.
 */
_Noreturn void vcpu_run(struct cpu *self);

#endif
