/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One driver, two units: what it does goes to the one by trap and to the other through a register
 * page, and both must end up the same.
 */
#ifndef DRIVER_H
#define DRIVER_H

#include "world.h"

struct pair {
	struct world w;   /* w.u: by trap */
	struct viommu by; /* by page */
	uint64_t page[512] __attribute__((aligned(4096)));
};

void pair_begin(struct pair *p, const struct viommu_config *config);

/* A write to both. The other unit sees it at the next pair_poll(). */
void pair_write(struct pair *p, uint32_t offset, unsigned size, uint64_t value);

/* Until the page's unit has nothing to do. */
void pair_poll(struct pair *p);

/* Both have the same registers, and the page shows them. */
void pair_compare(struct pair *p);

#endif
