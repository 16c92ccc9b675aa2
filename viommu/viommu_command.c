// SPDX-License-Identifier: Apache-2.0
/* What writes to the command registers start: GCMD, CCMD and IOTLB. */
#include "viommu_domain.h"
#include "viommu_registers.h"

static void set_status(struct viommu *u, uint32_t bits, bool on)
{
	uint32_t old = viommu_reg32(u, VTD_GSTS);

	viommu_set32(u, VTD_GSTS, on ? old | bits : old & ~bits);
}

/* SRTP: contexts of the old table are gone with it, although the driver owes an invalidation. */
static void latch_root(struct viommu *u)
{
	u->root = viommu_reg64(u, VTD_RTADDR);
	viommu_contexts_drop(u);
	viommu_domains_drop(u);
	set_status(u, VTD_GSTS_RTPS, true);
}

static void latch_irta(struct viommu *u)
{
	u->irta = viommu_reg64(u, VTD_IRTA);
	if (!u->config.eim)
		u->irta &= ~VTD_IRTA_EIME;
	set_status(u, VTD_GSTS_IRTPS, true);
}

static void switch_queue(struct viommu *u, bool on)
{
	viommu_queue_reset(u);
	set_status(u, VTD_GSTS_QIES, on);
}

/* Bits that the unit's capabilities let a driver set. */
static uint32_t known(const struct viommu *u)
{
	uint32_t bits = VTD_GCMD_TE | VTD_GCMD_SRTP;

	if (u->config.queued)
		bits |= VTD_GCMD_QIE;
	if (u->config.remapping)
		bits |= VTD_GCMD_IRE | VTD_GCMD_SIRTP | VTD_GCMD_CFI;
	return bits;
}

/*
 * A driver may change one bit at a time (11.4.4); one that changes several has them in the order in
 * which each finds what it needs.
 */
void viommu_start_global(struct viommu *u, uint64_t written)
{
	uint32_t command = (uint32_t)written & known(u);
	uint32_t changed = command ^ viommu_reg32(u, VTD_GSTS);

	if (command & VTD_GCMD_SRTP)
		latch_root(u);
	if (command & VTD_GCMD_SIRTP)
		latch_irta(u);
	if (changed & VTD_GCMD_QIE)
		switch_queue(u, command & VTD_GCMD_QIE);
	set_status(u, VTD_GSTS_CFIS, command & VTD_GCMD_CFI);
	set_status(u, VTD_GSTS_IRES, command & VTD_GCMD_IRE);
	set_status(u, VTD_GSTS_TES, command & VTD_GCMD_TE);
	if (changed & VTD_GCMD_TE)
		u->epoch++;
}

/*
 * The granularity that a register asks for. With the queue on, requests by register are refused
 * (6.5.2): 0 is done and reported.
 */
static unsigned asked(const struct viommu *u, uint64_t value, unsigned shift)
{
	if (viommu_reg32(u, VTD_GSTS) & VTD_GSTS_QIES)
		return 0;
	return value >> shift & VTD_GRANULARITY;
}

void viommu_start_context(struct viommu *u, uint64_t written)
{
	uint64_t ccmd = viommu_reg64(u, VTD_CCMD), done;

	(void)written;
	if (!(ccmd & VTD_CCMD_ICC))
		return;
	done = viommu_invalidate_contexts(u, asked(u, ccmd, VTD_CCMD_CIRG_SHIFT), (uint16_t)ccmd,
					  (uint16_t)(ccmd >> VTD_CCMD_SID_SHIFT),
					  ccmd >> VTD_CCMD_FM_SHIFT & 3);
	ccmd &= ~(VTD_CCMD_ICC | VTD_CCMD_CAIG);
	viommu_set64(u, VTD_CCMD, ccmd | done << VTD_CCMD_CAIG_SHIFT);
}

void viommu_start_iotlb(struct viommu *u, uint64_t written)
{
	uint64_t iotlb = viommu_reg64(u, VTD_IOTLB), done;

	(void)written;
	if (!(iotlb & VTD_IOTLB_IVT))
		return;
	done = viommu_invalidate_iotlb(u, asked(u, iotlb, VTD_IOTLB_IIRG_SHIFT),
				       (uint16_t)(iotlb >> VTD_IOTLB_DID_SHIFT),
				       viommu_reg64(u, VTD_IVA));
	iotlb &= ~(VTD_IOTLB_IVT | VTD_IOTLB_IAIG);
	viommu_set64(u, VTD_IOTLB, iotlb | done << VTD_IOTLB_IAIG_SHIFT);
}
