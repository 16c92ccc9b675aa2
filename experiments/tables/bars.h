/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tables/result.h"

#include <stdio.h>

/*
 * A published bar chart drawn again ("table": "bars"): the published object has "bars", each with
 * the run and the operation of ours that stands beside it and the numbers of its parts. Ours are
 * means for one operation, out of L0's counters: ticks in L0, ticks of L1 as the hypervisor, and
 * the ticks that the cost model charged for mode switches; total is their sum, without the guest's
 * own.
 */

/* comparison.csv: every number, and every total as a multiple of the run's that is the base. */
bool bars_comparison(const struct result *result, const json_t *object);
/* figure.dat: one block of lines for each series. */
bool bars_figure(const struct result *result, const json_t *object);
/* NAME.md: the page of the experiment (pages/NAME.md) with the comparison in it. */
bool bars_page(const struct result *result, const json_t *object);
/* The comparison on the terminal. */
void bars_show(const json_t *object, FILE *out);
