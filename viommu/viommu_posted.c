// SPDX-License-Identifier: Apache-2.0
/* Interrupt posting: VT-d specification 5.2, and 9.12 for the descriptor. */
#include "viommu_posted.h"
#include "viommu_mem.h"

/* A cache line: 256 requests, ON, SN, the notification's vector and destination. */
struct descriptor {
	uint64_t requests[4];
	uint64_t control;
	uint64_t reserved[3];
};

_Static_assert(sizeof(struct descriptor) == VTD_PID_SIZE, "the processor's format");

static uint64_t descriptor_of(const uint64_t entry[2])
{
	return (entry[1] & VTD_IRTE_PDA_HIGH) | (entry[0] & VTD_IRTE_PDA_LOW) >> VTD_IRTE_PDA_SHIFT;
}

static bool reserved(const struct viommu *u, const struct descriptor *d, uint64_t control)
{
	uint64_t never = VTD_PID_RSVD | (u->irta & VTD_IRTA_EIME ? 0 : VTD_PID_RSVD_XAPIC);

	return (control & never) ||
	       (ept_load(&d->reserved[0]) | ept_load(&d->reserved[1]) | ept_load(&d->reserved[2]));
}

static void take_notification(const struct viommu *u, uint64_t control,
			      struct viommu_interrupt *out)
{
	uint32_t destination = (uint32_t)(control >> VTD_PID_NDST_SHIFT);
	bool wide = u->irta & VTD_IRTA_EIME;

	*out = (struct viommu_interrupt){
		.destination = wide ? destination : destination >> 8 & 0xff,
		.vector = (uint8_t)(control >> VTD_PID_NV_SHIFT),
		.wide = wide,
	};
}

/*
 * The request first, then ON: a processor that clears ON and takes the requests misses none. Should
 * SN come between the two looks at it, L1 gets a notification that it has just turned off, as one
 * on its way.
 */
static bool post(struct descriptor *d, uint8_t vector, bool urgent, uint64_t *control)
{
	__atomic_fetch_or(&d->requests[vector / 64], UINT64_C(1) << vector % 64, __ATOMIC_SEQ_CST);
	*control = ept_load(&d->control);
	if ((*control & VTD_PID_ON) || ((*control & VTD_PID_SN) && !urgent))
		return false;
	*control = __atomic_fetch_or(&d->control, VTD_PID_ON, __ATOMIC_SEQ_CST);
	return !(*control & VTD_PID_ON);
}

unsigned viommu_post(struct viommu *u, const uint64_t entry[2], struct viommu_interrupt *out,
		     bool *quiet)
{
	struct descriptor *d = viommu_l1_ptr(u, descriptor_of(entry), EPT_R | EPT_W);
	uint8_t vector = (uint8_t)(entry[0] >> VTD_IRTE_V_SHIFT);
	uint64_t control;

	if (!d)
		return VIOMMU_FAULT_PID_ACCESS;
	if (reserved(u, d, ept_load(&d->control)))
		return VIOMMU_FAULT_PID_RESERVED;
	u->stats.posted++;
	*quiet = !post(d, vector, entry[0] & VTD_IRTE_URG, &control);
	if (*quiet)
		return 0;
	u->stats.notified++;
	take_notification(u, control, out);
	return 0;
}
