/* SPDX-License-Identifier: Apache-2.0 */
/* A guest with random page tables at the front of its memory, from a seed. */
#ifndef SPT_WORLD_H
#define SPT_WORLD_H

#include "spt.h"
#include "trees.h"

#define WORLD_SPACES 4u
#define WORLD_TABLES (64u + 16u * (WORLD_SPACES - 1))
#define WORLD_USED   6u

struct spt_world {
	struct prng prng;
	struct ept_pool pool01;
	struct ept01 ept01;
	struct spt_caps caps;
	struct spt_registers regs;
	struct spt_registers space[WORLD_SPACES]; /* what each sets; they have tables in common */
	struct spt spt;
	/* Table n is page n of the guest's memory; 0 is unused. */
	unsigned tables, limit;
	struct {
		uint8_t level;
		uint16_t index[WORLD_USED]; /* of entries that were written */
	} table[WORLD_TABLES];
};

/* All anew, with so many pages for shadow tables. */
void spt_world_make(struct spt_world *world, enum spt_mode mode, uint64_t seed, uint32_t pages);

/* An access, mostly to an address that the tables know. */
struct spt_access spt_world_access(struct spt_world *world);

/* A load of CR3, mostly of another address space. */
void spt_world_switch(struct spt_world *world);

/* Other flags in the registers. */
void spt_world_flags(struct spt_world *world);

/* A value for an entry at this level that points to no table. */
uint64_t spt_world_leaf(struct spt_world *world, unsigned level);

#endif
