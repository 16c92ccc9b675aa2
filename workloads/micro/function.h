/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device that interrupts when told to: a network function of Testudo's fabric (nic=function). A
 * command that is none, in its control queue, makes it write one byte and interrupt (virtio 1.2,
 * 5.1.6.5), and says at the end of its notify page when the interrupt was sent.
 */
#ifndef MICRO_FUNCTION_H
#define MICRO_FUNCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Finds it and turns it on; its interrupts are of @vector, to the first CPU. NULL, or why not. */
const char *function_start(uint8_t vector);

/* Asks for one interrupt; each at once. */
void function_ask(void);

/*
 * When the last one was sent, by the machine's clock: CPUID's MARKER_CLOCK says what the TSC of a
 * level is ahead of that. It changes some ticks after the interrupt has gone.
 */
uint64_t function_sent(void);

#endif
