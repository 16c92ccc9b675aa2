/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tables/result.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * How long a hostile guest keeps L0 and a neighbour waiting: L0's lines "delay", one for each
 * measurement of a guest with interrupts=eli (l0/vcpu/delay.h), and the samples of a neighbour that
 * times its own timer. The last two digits of a marker are the threat's, which "markers" of the
 * definition names; the hundreds say who the guest is (l0/tests/guests/threats).
 */

/* Of a run: the longest of all its delays; how much longer than its knob eli_look; ticks. */
bool threats_longest(const json_t *run, uint64_t *ticks);
bool threats_over_look(const json_t *run, uint64_t *ticks);
/* How late the neighbour's timer was at the most. */
bool threats_neighbour(const json_t *run, uint64_t *ticks);

/* threats.csv, a line for each measurement; threat-runs.csv, one for each run; and all of marks. */
bool threats_tables(const struct result *result, const json_t *object);
/* The second one on the terminal. */
void threats_show(const json_t *object, FILE *out);
