/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical serial lines: COM1 has L0's messages and the first machine's virtual 16550, COM2
 * the neighbour's; what a person types comes in. A character takes the line thousands of ticks, so
 * output goes through a ring that the UART's own interrupt empties (an external-interrupt exit of
 * the first CPU of the machine whose console it is), and nobody waits. Any CPU may write.
 */
#ifndef LIB_CONSOLE_H
#define LIB_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/lock.h"

#define CONSOLES         3
#define CONSOLE_MONITOR  2 /* COM3, on the IRQ of COM1: what asks L0 for the state of its guests */
#define CONSOLE_RING     65536
#define CONSOLE_RECEIVED 16 /* characters that a UART has at most */

struct console {
	struct lock lock;
	uint16_t base;   /* first port */
	uint8_t irq;     /* both directions raise it */
	uint8_t divisor; /* of 115200 baud: an engine that polls a line does it once a character */
	uint8_t vector;  /* that it arrives by, once it is routed (hw/apic.h, hw/ioapic.h) */
	uint8_t ier;
	bool present;
	uint32_t head, tail;
	uint8_t ring[CONSOLE_RING];
};

extern struct console console[CONSOLES];

/* 115200 8N1 with FIFOs, the monitor 9600. Where there is no UART all is discarded. */
void console_init(void);

/* Queues characters, none of another CPU's between them; waits only while the ring is full. */
void console_write(struct console *c, const char *text, size_t length);

/* Moves what the UART is ready for; returns how many characters have come in. */
unsigned console_interrupt(struct console *c, uint8_t received[CONSOLE_RECEIVED]);

/* Waits until everything queued has left: before the machine goes off. */
void console_drain(struct console *c);

/* For a panic: whoever was writing will not go on. */
void console_break(void);

/* Drains all, then ends the machine by the ways that the engines know. */
_Noreturn void machine_off(void);

#endif
