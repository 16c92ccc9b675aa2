/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interrupts=eli at an exit and before an entry (vcpu/direct.h, eli/README.md).
 *
 *     exit: direct_exit(): the doing of direct mode? answered, and over
 *           else as any exit; if its answer looks at the whole LAPIC, injection mode first
 *     entry: direct_enter(): the mode of this entry
 */
#ifndef HANDLERS_DIRECT_H
#define HANDLERS_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

/* First of all at an exit of any level. True: that was all. */
bool direct_exit(struct vcpu *v, uint32_t reason);

/*
 * In place of vcpu_deliver_own(), before each entry of L1's own instructions, and after all that
 * came meanwhile has been taken: the mode of this entry, and what it delivers.
 */
void direct_enter(struct vcpu *v);

/* Injection mode from here on: the LAPIC has all that is in service. VMCS01 is current. */
void direct_leave(struct vcpu *v);

/* VMCS01 stands for L1's own instructions, which take interrupts. */
bool direct_runs_l1(const struct vcpu *v);

#endif
