/* SPDX-License-Identifier: Apache-2.0 */
/* The other processors of the machine, from power-on to their work. */
#ifndef HW_SMP_H
#define HW_SMP_H

#include <stdbool.h>

struct cpu;

/*
 * Starts @c by INIT and start-up IPIs (SDM vol. 3, 9.4.4) and comes back when it has its own tables
 * and is on its way to @c->work, for good. Low memory at SMP_TRAMPOLINE is overwritten. False: it
 * gave no sign of life.
 */
bool smp_start(struct cpu *c);

/* Page of low memory that a starting processor begins at; RAM on every PC, and nobody's by now. */
#define SMP_TRAMPOLINE 0x8000

#endif
