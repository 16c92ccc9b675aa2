/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's memory: some frames, and some linear pages that lead to them. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdint.h>
#include "eli_idt.h"

#define MEMORY_FRAMES 6
#define MEMORY_PAGES  6
#define MEMORY_LINEAR UINT64_C(0xfffffe0000000000) /* of the first linear page */
#define MEMORY_GPA    UINT64_C(0x1234000)          /* of the first frame */
#define MEMORY_NONE   0xff

struct memory {
	uint8_t frame[MEMORY_FRAMES][ELI_PAGE_SIZE];
	uint8_t map[MEMORY_PAGES]; /* a frame for each linear page, or MEMORY_NONE */
	bool wraps;                /* every page of the address space leads to some frame */
};

/* A shadow, and the memory that eli_host_page() looks into for it. */
struct shadow {
	struct memory *memory;
	uint8_t room[ELI_PAGES][ELI_PAGE_SIZE];
	struct eli_idt idt;
};

void shadow_init(struct shadow *s, struct memory *memory);

/* The frame at @linear, -1: none. */
int memory_frame(const struct memory *m, uint64_t linear);

/* The guest's byte at @linear, which is there. */
uint8_t *memory_byte(struct memory *m, uint64_t linear);

/*
 * What the shadow must have at byte @at of frame @frame: said gate by gate, from the guest's memory
 * alone.
 */
uint8_t memory_expect(const struct shadow *s, unsigned frame, unsigned at);

/* Every byte of the shadow as it must be. */
void shadow_check(const struct shadow *s);

#endif
