// SPDX-License-Identifier: Apache-2.0
#include "nest.h"
#include "arena.h"
#include "suites.h"

void nest_begin(struct nest *nest, uint32_t pages02)
{
	*nest = (struct nest){.caps = {46, true, true, true}};
	for (unsigned i = 0; i < 16 * EPT_ENTRIES; i++)
		arena_set(ARENA_L1 + i * 8, 0);
	ck_assert_int_eq(ept_pool_init(&nest->pool, ARENA_EPT01, 64), 0);
	ck_assert_int_eq(ept01_init(&nest->ept01, &nest->pool, &nest->caps), 0);
	ck_assert_int_eq(ept01_map(&nest->ept01, 0, ARENA_L1, 0x200000, EPT_RWX, EPT_WB), 0);
	ck_assert_int_eq(
		ept01_map(&nest->ept01, NEST_RAM_L1, NEST_RAM_HPA, NEST_RAM, EPT_RWX, EPT_WB), 0);
	ck_assert_int_eq(ept02_init(&nest->cache, ARENA_EPT02, pages02, &nest->caps, &nest->caps),
			 0);
}

void nest_set(unsigned table, unsigned index, uint64_t entry)
{
	arena_set(ARENA_L1 + table * EPT_PAGE_SIZE + index * 8, entry);
}

uint64_t nest_get(unsigned table, unsigned index)
{
	return arena_get(ARENA_L1 + table * EPT_PAGE_SIZE + index * 8);
}

void nest_chain(uint64_t leaf)
{
	nest_set(1, 0, 0x2000 | EPT_RWX);
	nest_set(2, 0, 0x3000 | EPT_RWX);
	nest_set(3, 0, 0x4000 | EPT_RWX);
	nest_set(4, 0, leaf);
}

enum ept_verdict nest_fill(struct nest *nest, uint64_t eptp12, uint64_t l2_gpa, uint64_t qual)
{
	return ept02_fill(&nest->cache, ept02_get(&nest->cache, eptp12), &nest->ept01, l2_gpa, qual,
			  &nest->fault);
}
