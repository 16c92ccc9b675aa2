/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cost model at work (charge.def says what is charged). Where the knob is none the host's entry
 * point is exit.S's ordinary one and nothing here is ever looked at.
 */
#ifndef MEASURE_CHARGE_H
#define MEASURE_CHARGE_H

/* Places that exit.S knows, from the saved registers and from the counters on. */
#define CHARGE_AT_ROUNDS    128
#define CHARGE_AT_TICKS     136
#define CHARGE_AT_COUNTERS  144
#define COUNTERS_AT_LEFT    8
#define COUNTERS_AT_ENTERED 16
#define COUNTERS_AT_CHARGED 24
/* Instructions that vmx_exit_charged has more than vmx_exit, besides the rounds of two. */
#define CHARGE_FIXED_TICKS 7

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

struct counters;

/* Which of exit.S's entry points, which differ in what is done around the way of an exit. */
enum exit_kind {
	EXIT_KIND_PLAIN,
	EXIT_KIND_SHADOWED, /* mmu=shadow-on-shadow */
	EXIT_KIND_POSTED,   /* interrupts=posted */
	EXIT_KIND_DIRECT,   /* interrupts=eli */
	EXIT_KINDS,
};

struct charge {
	uint64_t rounds; /* of exit.S's loop */
	uint64_t ticks;  /* of all that it does; 0: none */
	struct counters *counters;
};

/* Makes ready to charge what the calibration @name says; nothing for "none". */
void charge_init(struct charge *charge, struct counters *counters, const char *name);

/* The host's entry point for this: one of exit.S's. */
uint64_t charge_entry_point(const struct charge *charge, enum exit_kind kind);
#endif

#endif
