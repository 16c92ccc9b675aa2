/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>

/*
 * What several vCPUs measured at once, added up: samples and counters are per vCPU, tables are of a
 * machine. A guest whose samples say which "cpu" they are of has measured so.
 */

/*
 * The same events, but one sample and one measure line for each operation and level. Of the vCPUs'
 * lines counts, ticks and histograms are summed, the extremes kept; "vcpus" lists them in the order
 * in which they came, and "ticks_min_dearest" is the cheapest sample of the one whose is dearest. A
 * vCPU that repeats a line does not count twice. NULL when no sample names a CPU; the caller
 * releases it.
 */
json_t *vcpus_add_up(const json_t *events);
