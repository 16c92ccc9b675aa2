/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small world for unit tests: L1's memory [0, 2 MiB) holds its EPT12 tables (in the arena),
 * [1 GiB, 2 GiB) is one large page, all else a hole. Table n of EPT12 stands at n * 4 KiB.
 */
#ifndef NEST_H
#define NEST_H

#include "ept_compose.h"

#define NEST_RAM_L1  UINT64_C(0x40000000)
#define NEST_RAM_HPA UINT64_C(0x2000000000)
#define NEST_RAM     UINT64_C(0x40000000)
#define NEST_EPTP12  (UINT64_C(0x1000) | EPT_WB | EPTP_WALK_4)

struct nest {
	struct ept_caps caps;
	struct ept_pool pool;
	struct ept01 ept01;
	struct ept02_cache cache;
	struct ept_fault fault;
};

void nest_begin(struct nest *nest, uint32_t pages02);

/* Entry @index of EPT12's table n. */
void nest_set(unsigned table, unsigned index, uint64_t entry);
uint64_t nest_get(unsigned table, unsigned index);

/* Tables 1, 2, 3, 4 in a row, and one leaf of 4 KiB for L2 address 0, to this entry. */
void nest_chain(uint64_t leaf);

/* One fill in the slot of this EPTP12. */
enum ept_verdict nest_fill(struct nest *nest, uint64_t eptp12, uint64_t l2_gpa, uint64_t qual);

#endif
