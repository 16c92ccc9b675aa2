/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_UART_H
#define PLATFORM_UART_H

#include <stdbool.h>
#include <stdint.h>

#define UART_FIFO 16

/* 16550A at COM1. A sent character is gone at once; baud rates are remembered and mean nothing. */
struct uart {
	uint8_t fifo[UART_FIFO];
	uint8_t head;
	uint8_t count;
	uint8_t ier;
	uint8_t fcr;
	uint8_t lcr;
	uint8_t mcr;
	uint8_t lsr_errors; /* overrun, until LSR is read */
	uint8_t msr_deltas;
	uint8_t scratch;
	uint8_t divisor[2];
	bool thre_pending; /* transmitter-empty interrupt not yet seen in IIR */
};

struct platform;

void uart_init(struct uart *u);

/* A character from the console, by any CPU. False if there is no room: offer it again later. */
bool uart_receive(struct platform *p, uint8_t c);

#endif
