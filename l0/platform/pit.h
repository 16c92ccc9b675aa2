/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_PIT_H
#define PLATFORM_PIT_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/clock.h"

#define PIT_HZ 1193182u

/* 8254 interval timer: channel 0 drives IRQ 0, channel 2 is gated and seen at port 61H. */
struct pit_channel {
	uint32_t count;        /* reload value, 1 to 65536 */
	uint64_t origin;       /* device ticks when `count` was loaded */
	uint64_t seen;         /* elapsed ticks at the last edge that was reported (channel 0) */
	uint16_t latched;      /* value of a latch command, in the counter's own code */
	uint8_t latched_bytes; /* bytes of it still to be read */
	uint8_t status;        /* of a read-back command */
	bool status_latched;
	uint8_t low_byte; /* first half of a two-byte write */
	bool write_high;  /* next write is the second half */
	bool read_high;
	uint8_t access; /* 1 low, 2 high, 3 low then high */
	uint8_t mode;   /* 0 to 5 */
	bool bcd;
	bool gate;
	bool loaded;    /* a count was written since the mode was set */
	bool triggered; /* modes 1 and 5: the gate has risen since */
};

struct pit {
	struct clock clock;
	struct pit_channel channel[3];
	bool speaker; /* port 61H, bit 1 */
	uint64_t deadline;
	uint64_t period_min; /* TSC ticks: edges closer than this are reported as one */
};

struct platform;

void pit_init(struct platform *p);
void pit_run(struct platform *p, uint64_t now);

#endif
