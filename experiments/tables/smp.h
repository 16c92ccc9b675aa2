/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tables/result.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * The same operations on one and on several vCPUs at once, ours and the peer's: what a second vCPU
 * costs the first. Ticks are the cheapest sample of the vCPU whose is dearest (tables/vcpus.h).
 */

/* smp.csv: a line for each level, operation and number of vCPUs; smp.dat: the same for the figure.
 */
bool smp_table(const struct result *result, const json_t *object);
bool smp_figure(const struct result *result, const json_t *object);
/* NAME.md; @SMP@ in it is the table of operations, a column for each number of vCPUs. */
bool smp_page(const struct result *result, const json_t *object);
void smp_show(const json_t *object, FILE *out);
