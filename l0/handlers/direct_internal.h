/* SPDX-License-Identifier: Apache-2.0 */
/* What the two files of interrupts=eli share. */
#ifndef HANDLERS_DIRECT_INTERNAL_H
#define HANDLERS_DIRECT_INTERNAL_H

struct vcpu;

/* Injection mode from here on: the LAPIC has all that is in service. VMCS01 is current. */
void direct_leave(struct vcpu *v);

/* The same, and for so long that the instruction which exited is done, as if nothing were there. */
void direct_hold(struct vcpu *v);

#endif
