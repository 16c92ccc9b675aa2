/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts of the DMA engine (engine.h), one for each of its buffers: for tests of their ways. */
#ifndef MESSAGES_H
#define MESSAGES_H

#include "guest.h"

#define DEVICE        0x61       /* the vector that messages_begin() has seen come */
#define MESSAGES_LONG 3000000ULL /* looks of L0's, by its default knob */

/* The engine and x2APIC mode; else the test is skipped, and the answer false. */
bool messages_begin(void);
/* The same with so many ticks, of looks of L0's, in place of MESSAGES_LONG. */
bool messages_begin_after(uint64_t ticks);
/* One more, with this vector. */
void message_send(uint8_t vector);
/* The same to any processor, by its APIC ID. */
void message_send_to(unsigned int cpu, uint8_t vector);
/* The same, until it is requested; interrupts are off. */
void message_request(uint8_t vector);
/* Interrupts are on for an instruction. */
void message_let_in(void);
/* It is sent, comes, and is ended. */
void message_comes(uint8_t vector);
void messages_wait(uint64_t ticks);
/* L0's markers: 1 begins the measurement of this name, 2 ends it, with its iterations. */
void messages_mark(uint32_t what, uint32_t number);

#endif
