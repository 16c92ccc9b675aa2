/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine that is halted for ever: each of its vCPUs has executed HLT with interrupts off, or
 * waits for a start-up IPI, and nothing can send one of them an NMI or an INIT. HLT does not exit,
 * so it is seen when L0 has the processor back for a timer of its own.
 *
 * A vCPU that sees itself so sets its bit in vm->deaf. It clears the bit, and counts in vm->woken,
 * before it takes what others have sent. Who finds all bits set and all inboxes empty, twice with
 * no vCPU woken in between, has seen a moment in which nobody ran and no message was on its way.
 */
#ifndef VCPU_HALT_H
#define VCPU_HALT_H

#include <stdbool.h>

#include "vcpu/vcpu.h"
#include "vcpu/vm.h"

/* The guest is L1, and has exited from HLT. Stops the machine if that is its end. */
void halt_seen(struct vcpu *v);

/* Has it been found so, and nothing come since? */
static inline bool halt_is_deaf(const struct vcpu *v)
{
	return __atomic_load_n(&v->vm->deaf, __ATOMIC_RELAXED) >> v->id & 1;
}

/* Before what others have sent to this vCPU is taken. */
void halt_over(struct vcpu *v);

#endif
