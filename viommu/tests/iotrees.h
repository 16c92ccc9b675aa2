/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random root, context and second-level tables in the arena, over a random EPT01 (trees.h): pages
 * [0, 64) of ARENA_L1 are second-level tables, the root table and two context tables come after.
 */
#ifndef IOTREES_H
#define IOTREES_H

#include "trees.h"
#include "viommu.h"

#define IOTREES_TABLES   64u
#define IOTREES_ROOT     100u /* page */
#define IOTREES_CONTEXTS 101u /* and the next: buses 0 and 1 */
#define IOTREES_DEVICES  6u   /* on both buses */
#define IOTREES_PAGE(n)  (TABLES_L1_GPA + (n)*EPT_PAGE_SIZE)

struct iotrees {
	struct trees base; /* prng and EPT01 */
	struct viommu_config config;
	uint32_t tables;
	uint8_t level[IOTREES_TABLES];
	uint16_t used[IOTREES_TABLES][8]; /* indices that were written */
	uint64_t recent[8];
};

void iotrees_make(struct iotrees *t, uint64_t seed);

uint16_t iotrees_device(struct iotrees *t);

/* An address that this device's tables, as far as they lead, may map. */
uint64_t iotrees_iova(struct iotrees *t, uint16_t device);

/* L1 rewrites an entry of a second-level table; of a root or context table. */
void iotrees_mutate_page(struct iotrees *t);
void iotrees_mutate_context(struct iotrees *t);

#endif
