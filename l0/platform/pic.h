/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_PIC_H
#define PLATFORM_PIC_H

#include <stdbool.h>
#include <stdint.h>

/* Two cascaded 8259A interrupt controllers and the edge/level control registers (4D0H, 4D1H). */
struct pic_chip {
	uint8_t irr;
	uint8_t isr;
	uint8_t imr;
	uint8_t lines;  /* levels of the inputs */
	uint8_t level;  /* ELCR: 1 = level-triggered */
	uint8_t base;   /* vector of input 0 */
	uint8_t lowest; /* input with the lowest priority: 7 until rotated */
	uint8_t step;   /* next initialisation word, 0: operational */
	bool needs_icw4;
	bool single;
	bool read_isr;
	bool poll;
	bool special_mask;
	bool auto_eoi;
	bool rotate_auto;
	bool nested_fully; /* special fully nested mode */
};

struct pic {
	struct pic_chip chip[2];
	bool output; /* INTR */
};

struct platform;

void pic_init(struct pic *pic);
void pic_line(struct platform *p, unsigned irq, bool level);

/* Interrupt acknowledge cycle: the vector; input 7 (spurious) if the request went away. */
uint8_t pic_ack(struct platform *p);

#endif
