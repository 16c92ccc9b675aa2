/* SPDX-License-Identifier: Apache-2.0 */
/* What the two files of interrupts=eli share. */
#ifndef HANDLERS_DIRECT_INTERNAL_H
#define HANDLERS_DIRECT_INTERNAL_H

struct vcpu;

/* direct_leave(), and for so long that the instruction which exited is done, as if nothing were
 * there. */
void direct_hold(struct vcpu *v);

#endif
