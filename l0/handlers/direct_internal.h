/* SPDX-License-Identifier: Apache-2.0 */
/* What the two files of interrupts=eli share. */
#ifndef HANDLERS_DIRECT_INTERNAL_H
#define HANDLERS_DIRECT_INTERNAL_H

#include "hw/x86.h"

#define X2APIC_EOI (MSR_X2APIC_FIRST + 0x0b)

struct vcpu;

/* direct_leave(), and for so long that the instruction which exited is done, as if nothing were
 * there. */
void direct_hold(struct vcpu *v);

#endif
