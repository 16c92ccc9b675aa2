/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical COM1: L0's messages and the virtual 16550 of L1 go out of it, what a person types
 * comes in. A character takes the line thousands of ticks, so output goes through a ring that the
 * UART's own interrupt empties (an external-interrupt exit), and nobody waits.
 */
#ifndef LIB_CONSOLE_H
#define LIB_CONSOLE_H

#include <stdint.h>

#define CONSOLE_IRQ 4

/* 115200 8N1 with FIFOs; both directions raise CONSOLE_IRQ. Without a UART all is discarded. */
void console_init(void);

/* Queues one character; waits for the line only when the ring is full. */
void console_put(uint8_t c);

/* Moves what the UART is ready for; gives received characters to @receive. */
void console_interrupt(void (*receive)(void *context, uint8_t c), void *context);

/* Waits until everything queued has left: before the machine goes off. */
void console_drain(void);

/* Drains, then ends the machine by the ways that the engines know. */
_Noreturn void machine_off(void);

#endif
