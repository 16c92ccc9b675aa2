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

/*
 * Initial values, then what @cmdline says. Returns false, after a line on the console, for an
 * unknown key or a value out of its range.
 */
bool knobs_parse(struct knobs *out, const char *cmdline);

/* Does a choice have this value? */
bool knob_is(const char *value, const char *choice);

#endif
