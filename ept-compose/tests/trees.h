/* SPDX-License-Identifier: Apache-2.0 */
/* Random EPT01 and EPT12 trees in the arena, from a seed. */
#ifndef TREES_H
#define TREES_H

#include <stdint.h>
#include "arena.h"
#include "ept_build.h"
#include "ept_format.h"
#include "ept_pool.h"

/* Where L1 sees ARENA_L1, unless an overlay moved a page. */
#define TABLES_L1_GPA UINT64_C(0xc0000000)
/* Where the frames of L1's other memory lie: outside the arena, as nobody looks into them. */
#define FRAMES_HPA   UINT64_C(0x2000000000)
#define TREES_ROOTS  3u
#define TREES_TABLES 64u
#define TREES_USED   12u

struct prng {
	uint64_t state;
};

uint64_t prng_next(struct prng *prng);
/* 0 to n - 1. */
uint64_t prng_below(struct prng *prng, uint64_t n);
/* True in so many of a hundred cases. */
bool prng_percent(struct prng *prng, unsigned percent);

struct trees {
	struct prng prng;
	struct ept_caps caps01, caps12;
	struct ept_pool pool01;
	struct ept01 ept01;
	/* EPT12: pages used of ARENA_L1 by level; index 0 is unused. */
	uint32_t tables;
	struct {
		uint8_t level;
		uint8_t count;
		uint16_t index[TREES_USED]; /* of entries that were written */
	} table[TREES_TABLES];
	uint64_t root12[TREES_ROOTS]; /* EPTP12 */
	uint64_t recent[8];           /* addresses of L2 that were asked for */
	unsigned asked;
	/* Addresses of L1 where EPT01 changes. */
	uint64_t edge[16];
	unsigned edges;
};

/* All anew; the arena's parts for EPT01 and L1 are overwritten. */
void trees_make(struct trees *trees, uint64_t seed);

/* An address of L2, mostly one that this EPT12 maps, often one that was asked for lately. */
uint64_t trees_gpa(struct trees *trees, uint64_t eptp12);

/* L1 rewrites a random entry of a random table. */
void trees_mutate12(struct trees *trees);

/* L0 changes a random range of EPT01; the range goes to *gpa and *size. */
void trees_mutate01(struct trees *trees, uint64_t *gpa, uint64_t *size);

#endif
