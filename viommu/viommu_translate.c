// SPDX-License-Identifier: Apache-2.0
/*
 * The way of a DMA:
 *
 *	source, IOVA -> remembered                                     the usual end
 *	source -> context (remembered) -> domain -> composed leaf      or this one
 *	             |                                 | none, dead, or without the right
 *	             | pass-through                    v
 *	             |                       L1's tables -> EPT01 -> new leaf, or a fault
 *	             `-> EPT01 alone
 */
#include "viommu_compose.h"
#include "viommu_domain.h"
#include "viommu_host.h"
#include "viommu_mem.h"
#include "viommu_registers.h"
#include "viommu_table.h"

struct dma {
	uint64_t iova, need;
	uint64_t *hpa, *size;
};

static enum viommu_verdict answer(const struct dma *dma, uint64_t base, unsigned shift)
{
	uint64_t offset = dma->iova & ((UINT64_C(1) << shift) - 1);
	uint64_t size = (UINT64_C(1) << shift) - offset, to_interrupts = VTD_MSI_BASE - dma->iova;

	/* A larger page may hide the interrupt range: what goes there is no DMA. */
	if (dma->iova < VTD_MSI_BASE && size > to_interrupts)
		size = to_interrupts;
	*dma->hpa = base + offset;
	*dma->size = size;
	return VIOMMU_OK;
}

static enum viommu_verdict nobody(struct viommu *u)
{
	u->stats.aborted++;
	return VIOMMU_ABORT;
}

/* L1's addresses as they are. */
static enum viommu_verdict identity(struct viommu *u, const struct dma *dma)
{
	const struct viommu_window *window = viommu_look(u, dma->iova);

	u->stats.passed++;
	if ((window->rights & dma->need) != dma->need)
		return nobody(u);
	return answer(dma, window->base + (dma->iova & ~((UINT64_C(1) << window->shift) - 1)),
		      window->shift);
}

static enum viommu_verdict from_leaf(const struct dma *dma, uint64_t leaf, unsigned level)
{
	return answer(dma, leaf & VTD_PTE_ADDR & ~((UINT64_C(1) << ept_shift(level)) - 1),
		      ept_shift(level));
}

/* A dead leaf that has not had its time, and would do; 0: there is none. */
static uint64_t dead_leaf(struct viommu *u, struct viommu_domain *d, const struct dma *dma,
			  unsigned *level)
{
	const uint64_t *entry;

	if (!u->dead.count)
		return 0;
	viommu_expire(u, viommu_host_now(u));
	entry = viommu_table_find(d, dma->iova, level);
	if (!entry || !(*entry & VIOMMU_LEAF_DEAD) || (*entry & dma->need) != dma->need)
		return 0;
	return *entry;
}

/* L1's tables make this leaf now. */
static enum viommu_verdict fill(struct viommu *u, struct viommu_domain *d, const struct dma *dma,
				const struct viommu_made *made, uint64_t dead)
{
	if ((made->leaf & dma->need) != dma->need)
		return nobody(u);
	if (dead && (dead & ~VIOMMU_LEAF_DEAD & ~VTD_PTE_PS) == made->leaf)
		u->stats.reused++;
	viommu_domain_room(u, d);
	viommu_table_set(u, d, dma->iova, made->level, made->leaf);
	u->stats.filled[made->level]++;
	return from_leaf(dma, made->leaf, made->level);
}

static enum viommu_verdict blocked(struct viommu *u, uint16_t source, const struct dma *dma,
				   unsigned reason, bool fpd)
{
	struct viommu_blocked record = {
		.reason = reason,
		.source = source,
		.fpd = fpd,
		.read = !(dma->need & VTD_PTE_W),
		.info = dma->iova & ~(VTD_PAGE_SIZE - 1),
	};

	viommu_fault(u, &record);
	return VIOMMU_FAULT;
}

/* A dead leaf stands for a page that is not there any more, and against nothing that is. */
static bool absent(struct viommu *u, const struct viommu_domain *d, const struct dma *dma)
{
	struct viommu_made made;

	return viommu_compose(u, d, dma->iova, 0, &made) == VIOMMU_FAULT_READ;
}

static enum viommu_verdict walk(struct viommu *u, struct viommu_context *c, struct viommu_domain *d,
				const struct dma *dma)
{
	struct viommu_made made;
	unsigned level, reason;
	uint64_t dead = dead_leaf(u, d, dma, &level);

	reason = viommu_compose(u, d, dma->iova, dma->need, &made);
	if (!reason)
		return fill(u, d, dma, &made, dead);
	if (dead && absent(u, d, dma)) {
		u->stats.stale++;
		return from_leaf(dma, dead, level);
	}
	return blocked(u, c->source, dma, reason, c->fpd);
}

static struct viommu_recent *recent(struct viommu *u, uint16_t source, uint64_t iova)
{
	return &u->recent[(iova >> EPT_SHIFT_4K ^ source) & (VIOMMU_RECENT - 1)];
}

static bool is_recent(const struct viommu *u, const struct viommu_recent *r, uint16_t source,
		      const struct dma *dma)
{
	return r->epoch == u->epoch && r->source == source &&
	       !((r->iova ^ dma->iova) >> r->shift) && (r->rights & dma->need) == dma->need;
}

static void remember(struct viommu *u, uint16_t source, uint64_t iova, uint64_t leaf,
		     unsigned level)
{
	unsigned shift = ept_shift(level);

	*recent(u, source, iova) = (struct viommu_recent){
		.iova = iova,
		.epoch = u->epoch,
		.base = leaf & VTD_PTE_ADDR & ~((UINT64_C(1) << shift) - 1),
		.source = source,
		.shift = (uint8_t)shift,
		.rights = leaf & VTD_PTE_RW,
	};
}

static enum viommu_verdict by_tables(struct viommu *u, struct viommu_context *c,
				     const struct dma *dma)
{
	struct viommu_domain *d = viommu_domain_get(u, c);
	const uint64_t *entry;
	unsigned level;

	u->stats.translated++;
	entry = viommu_table_find(d, dma->iova, &level);
	if (entry && (*entry & (dma->need | VIOMMU_LEAF_DEAD)) == dma->need) {
		remember(u, c->source, dma->iova, *entry, level);
		return from_leaf(dma, *entry, level);
	}
	return walk(u, c, d, dma);
}

enum viommu_verdict viommu_translate(struct viommu *u, uint16_t source, uint64_t iova, bool write,
				     uint64_t *hpa, uint64_t *size)
{
	struct dma dma = {iova, write ? VTD_PTE_W : VTD_PTE_R, hpa, size};
	const struct viommu_recent *r = recent(u, source, iova);
	struct viommu_context *c;
	unsigned reason;
	bool fpd;

	if (is_recent(u, r, source, &dma)) {
		u->stats.translated++;
		return answer(&dma, r->base, r->shift);
	}
	if (iova - VTD_MSI_BASE < VTD_MSI_SIZE)
		return write ? VIOMMU_INTERRUPT : nobody(u);
	if (!(viommu_reg32(u, VTD_GSTS) & VTD_GSTS_TES))
		return identity(u, &dma);
	reason = viommu_context_find(u, source, &c, &fpd);
	if (!reason && viommu_beyond(u, c, iova))
		reason = VIOMMU_FAULT_BEYOND_WIDTH;
	if (reason)
		return blocked(u, source, &dma, reason, fpd);
	return c->pass ? identity(u, &dma) : by_tables(u, c, &dma);
}
