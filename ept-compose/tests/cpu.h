/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pretended processor that runs L2: it walks EPT02, keeps what it saw in a TLB until it is told
 * to forget it, and counts as an error whatever it still holds but should not.
 */
#ifndef CPU_H
#define CPU_H

#include <stdbool.h>
#include <stdint.h>
#include "ept_compose.h"
#include "model.h"

#define CPU_TLB 48u

struct cpu_tlb_entry {
	const struct ept02_slot *slot; /* NULL: empty */
	uint64_t gpa;
	uint64_t table; /* where the leaf was read: stands for the paging-structure caches */
	struct model_walk walk;
};

struct cpu {
	struct ept_caps caps;
	struct cpu_tlb_entry tlb[CPU_TLB];
	unsigned next;
};

/* What precedes an entry with this slot: INVEPT where cache->flush asks for it. */
void cpu_enter(struct cpu *cpu, struct ept02_cache *cache, const struct ept02_slot *slot);

/* L2 touches an address; false, and *qual, if that is a violation. */
bool cpu_access(struct cpu *cpu, const struct ept02_slot *slot, uint64_t gpa, unsigned access,
		uint64_t *qual, struct model_walk *walk);

/* What a violation does to the TLB. */
void cpu_forget(struct cpu *cpu, const struct ept02_slot *slot, uint64_t gpa);

/* Fails the test if the TLB holds more than EPT02 says, for any slot with no flush pending. */
void cpu_check_tlb(const struct cpu *cpu, const struct ept02_cache *cache);

#endif
