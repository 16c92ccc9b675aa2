/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interrupts=posted: while L1 runs in x2APIC mode the processor delivers its interrupts, SDM vol.
 * 3, chapter "APIC Virtualization and Virtual Interrupts". Else the LAPIC model works as ever: in
 * xAPIC mode, for a vCPU that waits or sleeps for ever, and while L2 runs, where VMCS02 has none of
 * it, so that a notification is an exit like any other.
 *
 *     L1 runs:  the virtual-APIC page has IRR, ISR and TPR; lapic_is_away()
 *     exit:     they stay there; what arrives meanwhile waits in the LAPIC's empty IRR
 *     entry:    ... and is added to the page
 *     L1 enters L2, or changes its LAPIC's mode: taken back before the exit is answered
 *     entry of L1 after that: given again
 */
#ifndef VCPU_POSTED_H
#define VCPU_POSTED_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/lapic_page.h"
#include "platform/posting.h"

struct vcpu;

struct posted {
	struct posting posting;
	struct lapic_page *page;
	uint64_t levels[4]; /* the EOI-exit bitmap: TMR as the processor has it */
	bool on;            /* VMCS01 has the controls */
	bool given;         /* the page has been given the LAPIC's state */
};

/* Before the machine is switched on; the vCPU's CPU is known. */
void posted_init(struct vcpu *v);

/*
 * Out of the way of most exits (loop/exit.c). After one whose answer needs the state, or with
 * vectors that were posted while L2 ran. Before an entry of L1 with something to give, or no longer
 * to be given.
 */
void posted_leave_state(struct vcpu *v);
void posted_enter_state(struct vcpu *v);

/* The exits that virtualization leaves: EOI of a level-triggered vector, and an illegal self-IPI.
 */
void exit_virtual_eoi(struct vcpu *v);
void exit_apic_write(struct vcpu *v);

#endif
