/* SPDX-License-Identifier: Apache-2.0 */
/* Knobs: what L0's command line sets. */
#ifndef KNOBS_H
#define KNOBS_H

#include <stdbool.h>
#include <stdint.h>

#define TESTUDO_VERSION "0.1"

struct knobs {
#define KNOB_NUMBER(name, initial, low, high) uint64_t name;
#define KNOB_CHOICE(name, initial, ...)       const char *name;
#include "knobs.def"
};

/* The machine under test, and a neighbour if it has one. */
#define MACHINES 2

/* Of each machine its knobs; both have the same rows, the neighbour's as neighbour.key=value. */
struct settings {
	struct knobs machine[MACHINES];
	uint64_t neighbour;   /* so many modules, the last ones, are its: neighbour=N; 0: there is
				 none */
	bool neighbour_named; /* a knob of its was set */
};

/*
 * Initial values, then what @cmdline says. Returns false, after a line on the console, for an
 * unknown key, a value out of its range, or knobs of a neighbour that is not there.
 */
bool knobs_parse(struct settings *out, const char *cmdline);

/* Why no machine can have these knobs together (knob_needs.def); NULL: one can. */
const char *knobs_refuse(const struct knobs *k);

/* Does a choice have this value? */
bool knob_is(const char *value, const char *choice);

#endif
