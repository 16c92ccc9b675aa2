/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same guest twice: on the bare machine, with one local APIC for all of its interrupts, and
 * under an L0 that uses the library. A stream of bytes says what happens; after each step both have
 * begun the same handlers, in the same order and with the same frames, and show the same registers.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stddef.h>
#include <stdint.h>
#include "cpu.h"
#include "host.h"
#include "memory.h"

/* Of L0's own, in the processor; the guest may use the same ones. */
#define WORLD_L0_HIGH 0xf2
#define WORLD_L0_LOW  0x95

struct world {
	struct memory bare_memory, memory;
	struct cpu bare, guest;
	struct host host;
	const uint8_t *data;
	size_t left;
	uint64_t raised; /* interrupts of L0's own, so far */
	uint64_t steps, handlers;
	bool lazy; /* the guest ends few of its interrupts */
	bool pure; /* nothing but direct interrupts */
};

/* Runs the stream to its end, and then lets all that is pending come; fails where they differ. */
void world_run(struct world *w, const uint8_t *data, size_t size);

#endif
