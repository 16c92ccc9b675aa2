/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers of exits that L0 answers, for L1 and, where the route says so, for L2. */
#ifndef HANDLERS_EXITS_H
#define HANDLERS_EXITS_H

#include <stdbool.h>
#include <stdint.h>

#include "vcpu/marker.h"

struct vcpu;

typedef void (*exit_handler)(struct vcpu *v);

/* Does what the marker says and sets the registers. */
void exit_marker(struct vcpu *v, enum marker op);

void exit_external_interrupt(struct vcpu *v);
void exit_triple_fault(struct vcpu *v);
void exit_exception(struct vcpu *v);
void exit_cpuid(struct vcpu *v);
void exit_hlt(struct vcpu *v); /* L1's, with hlt=exits */
void exit_invd(struct vcpu *v);
void exit_rdmsr(struct vcpu *v);
void exit_wrmsr(struct vcpu *v);
void exit_xsetbv(struct vcpu *v);
void exit_rdpmc(struct vcpu *v);
void exit_undefined(struct vcpu *v);   /* #UD */
void exit_timer(struct vcpu *v);       /* the same, and is L1 halted for ever? */
void exit_window(struct vcpu *v);      /* nothing: the entry path does it */
void exit_unsupported(struct vcpu *v); /* stops the VM with a line */
void exit_io(struct vcpu *v);          /* handlers/io_exit.c */

/* handlers/shadow_exits.c, L0 without EPT: INVLPG, and a page fault of the level that runs. */
void exit_invlpg(struct vcpu *v);
void exit_page_fault(struct vcpu *v);

/* For handlers of the same exits: an interrupt of L0's own; an exit that may have ended a halt. */
void exits_take_own(struct vcpu *v, unsigned vector);
void exits_count_halt(struct vcpu *v);

/*
 * The exits of L1 that the delivery of an event can run into: an instruction's exit, an interrupt
 * or a timer is not among them. All of L2's are asked.
 */
void exit_exception_l1(struct vcpu *v);
void exit_mmio_l1(struct vcpu *v); /* handlers/mmio.c */

#endif
