/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose each piece of the machine's memory is, and whether the tables that the processor walks for
 * a guest keep to it. Pure: main.c asks once, before any machine runs, and nothing that is asked
 * here changes afterwards.
 */
#ifndef START_PARTITION_H
#define START_PARTITION_H

#include <stdbool.h>
#include <stdint.h>

#include "knobs.h"

/* Owners are machines by their numbers, and L0. */
#define PARTITION_L0     MACHINES
#define PARTITION_RANGES 128

struct partition_range {
	uint64_t start, end; /* host-physical */
	unsigned owner;
};

/* All zero: nothing is anybody's. */
struct partition {
	struct partition_range range[PARTITION_RANGES];
	unsigned ranges;
};

/* [@hpa, @hpa + @size) is @owner's; 0 bytes are nothing. False: there are too many ranges. */
bool partition_add(struct partition *p, unsigned owner, uint64_t hpa, uint64_t size);

/* Is no byte in two ranges? */
bool partition_disjoint(const struct partition *p);

/*
 * Of the EPT with the top table @root: does each leaf map memory of @owner's and nothing else, and
 * does each table lie where no machine can write?
 */
bool partition_holds(const struct partition *p, unsigned owner, uint64_t root);

#endif
