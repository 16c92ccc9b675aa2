/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Posted interrupts of L1's for its L2 (apicv=on). VMCS02 has L1's descriptor, but a notification
 * vector of L0's own, for the processor compares with what its physical LAPIC got:
 *
 *     L1's ICR, a posted IRTE: L1's vector ─▶ L0's vector, to the vCPU's CPU
 *         L2 runs: the processor empties the descriptor, no exit
 *         else: an exit, and L1's own LAPIC gets L1's vector
 *     L1's vector in L1's LAPIC while L2 is to run ─▶ L0 empties the descriptor as the processor
 * would
 */
#ifndef VCPU_NOTIFY_H
#define VCPU_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

/*
 * L2 is about to run with posted interrupts, and @vector is L1's notification. From now on others
 * send it as L0's vector, whoever runs when it comes. (One on its way when L1 chooses another comes
 * as the new one.)
 */
void notify_choose(struct vcpu *v, uint8_t vector);

/* From another CPU: true if @vector is a notification to @v, and on its way. */
bool notify_send(struct vcpu *v, uint8_t vector);

/* L0's vector has come as an exit: nobody's descriptor has been looked at. */
void notify_receive(struct vcpu *v);

/*
 * VMCS02 is current, an interrupt of L1's is to make L2 exit: true if it was the notification,
 * which L2's processor takes instead. Most often L1 has got it before the entry, with interrupts
 * off.
 */
bool notify_take(struct vcpu *v);

#endif
