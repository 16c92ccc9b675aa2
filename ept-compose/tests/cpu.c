// SPDX-License-Identifier: Apache-2.0
#include "cpu.h"
#include "suites.h"
#include <stddef.h>

static bool covers(const struct cpu_tlb_entry *e, uint64_t gpa)
{
	return gpa / e->walk.size == e->gpa / e->walk.size;
}

static bool pending(const struct ept02_cache *cache, const struct ept02_slot *slot)
{
	return cache->flush >> ept02_slot_number(cache, slot) & 1;
}

static void forget(struct cpu *cpu, const struct ept02_slot *slot)
{
	for (unsigned i = 0; i < CPU_TLB; i++)
		if (cpu->tlb[i].slot == slot)
			cpu->tlb[i].slot = NULL;
}

void cpu_enter(struct cpu *cpu, struct ept02_cache *cache, const struct ept02_slot *slot)
{
	if (!pending(cache, slot))
		return;
	forget(cpu, slot);
	cache->flush &= ~(1u << ept02_slot_number(cache, slot));
}

static uint64_t leaf_table(const struct model_walk *walk)
{
	return walk->entry[walk->entries - 1].hpa / 4096;
}

/* SDM vol. 3, "Operations that Invalidate Cached Mappings": an EPT violation drops these. */
void cpu_forget(struct cpu *cpu, const struct ept02_slot *slot, uint64_t gpa)
{
	for (unsigned i = 0; i < CPU_TLB; i++)
		if (cpu->tlb[i].slot == slot && covers(&cpu->tlb[i], gpa))
			cpu->tlb[i].slot = NULL;
}

bool cpu_access(struct cpu *cpu, const struct ept02_slot *slot, uint64_t gpa, unsigned access,
		uint64_t *qual, struct model_walk *walk)
{
	unsigned rights;

	*walk = model_walk_host(slot->eptp02 & EPTP_ADDR_MASK, gpa, &cpu->caps);
	EXPECT(walk->end != MODEL_BAD); /* or EPT02 would be misconfigured */
	rights = walk->r + 2u * walk->w + 4u * walk->x;
	if ((rights & access) == access) {
		cpu->tlb[cpu->next++ % CPU_TLB] =
			(struct cpu_tlb_entry){slot, gpa, leaf_table(walk), *walk};
		return true;
	}
	cpu_forget(cpu, slot, gpa);
	*qual = access | rights << 3;
	return false;
}

void cpu_check_tlb(const struct cpu *cpu, const struct ept02_cache *cache)
{
	for (unsigned i = 0; i < CPU_TLB; i++) {
		const struct cpu_tlb_entry *e = &cpu->tlb[i];
		struct model_walk now;

		if (!e->slot || pending(cache, e->slot))
			continue;
		now = model_walk_host(e->slot->eptp02 & EPTP_ADDR_MASK, e->gpa, &cpu->caps);
		EXPECT(now.end == MODEL_PAGE);
		EXPECT(now.to == e->walk.to);
		EXPECT(now.size == e->walk.size);
		EXPECT(now.type == e->walk.type);
		EXPECT(now.ipat == e->walk.ipat);
		EXPECT(now.r >= e->walk.r && now.w >= e->walk.w && now.x >= e->walk.x);
		EXPECT(leaf_table(&now) == e->table);
	}
}
