/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tables/result.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * Numbers to reach: "goals" of a definition, each with what it is ("goal"), whose number ("level",
 * "operation", and "vmcs", "mmu", "vcpus", "interrupts", "run" (its name), "size" where they
 * matter) and one bound: "at_most", "at_least", or "part_of_peer": at most the peer's number
 * divided by that. With "of_run" (a name) or "of_vcpus" the bound is percent of our own number in
 * that run, or on so many vCPUs. With "above_run" (a name, of any L0) "at_most" is so much above
 * that run's number, of "of_operation" if that is there. "quantity" is one of tables/quantity.h.
 * Where several runs fit, the one with the fewest ticks for the operation counts, for every goal of
 * that operation.
 */

/* goals.csv, where a definition has goals; else nothing. */
bool goals_table(const struct result *result, const json_t *object);
void goals_show(const json_t *object, FILE *out);
