// SPDX-License-Identifier: Apache-2.0
/*
 * Queued invalidation (VT-d specification 6.5.2). Descriptors are done one after the other, each in
 * full, so a wait descriptor waits for nothing and its fence is always kept. An error freezes the
 * head at its descriptor until the driver clears IQE.
 */
#include "viommu_mem.h"
#include "viommu_registers.h"

struct descriptor {
	uint64_t odd_low, odd_high; /* reserved bits */
	bool (*run)(struct viommu *u, uint64_t low,
		    uint64_t high); /* false: not an allowed value */
};

static unsigned granularity(uint64_t low)
{
	return low >> VTD_QI_GRANULARITY & VTD_GRANULARITY;
}

static bool run_context(struct viommu *u, uint64_t low, uint64_t high)
{
	(void)high;
	return viommu_invalidate_contexts(u, granularity(low), (uint16_t)(low >> 16),
					  (uint16_t)(low >> 32), low >> 48 & 3);
}

static bool run_iotlb(struct viommu *u, uint64_t low, uint64_t high)
{
	return viommu_invalidate_iotlb(u, granularity(low), (uint16_t)(low >> 16), high);
}

/* No device has a TLB of its own: there is nothing to do, which is no error. */
static bool run_device_tlb(struct viommu *u, uint64_t low, uint64_t high)
{
	(void)low;
	(void)high;
	u->stats.device_tlb++;
	return true;
}

/* Entries of the interrupt-remapping table are never kept: nothing to do here either. */
static bool run_iec(struct viommu *u, uint64_t low, uint64_t high)
{
	(void)low;
	(void)high;
	u->stats.iec += u->config.remapping;
	return u->config.remapping;
}

/* The status goes where RAM is, or nowhere, as a write to an address that nobody has. */
static void write_status(struct viommu *u, uint64_t low, uint64_t high)
{
	uint32_t *status = viommu_l1_ptr(u, high, EPT_R | EPT_W);

	if (status)
		__atomic_store_n(status, (uint32_t)(low >> 32), __ATOMIC_RELEASE);
}

static bool run_wait(struct viommu *u, uint64_t low, uint64_t high)
{
	u->stats.waits++;
	if (low & VTD_QI_WAIT_SW)
		write_status(u, low, high);
	if ((low & VTD_QI_WAIT_IF) && !(viommu_reg32(u, VTD_ICS) & VTD_ICS_IWC)) {
		viommu_set32(u, VTD_ICS, VTD_ICS_IWC);
		viommu_event(u, VTD_IECTL);
	}
	return true;
}

static const struct descriptor descriptors[16] = {
	[VTD_QI_CONTEXT] = {VTD_MASK(15, 6) | VTD_MASK(63, 50), ~UINT64_C(0), run_context},
	[VTD_QI_IOTLB] = {VTD_MASK(15, 8) | VTD_MASK(63, 32), VTD_MASK(11, 7), run_iotlb},
	[VTD_QI_DEVICE_TLB] = {VTD_MASK(11, 4) | VTD_MASK(31, 21) | VTD_MASK(51, 48),
			       VTD_MASK(11, 1), run_device_tlb},
	[VTD_QI_IEC] = {VTD_MASK(26, 5) | VTD_MASK(63, 48), ~UINT64_C(0), run_iec},
	[VTD_QI_WAIT] = {VTD_MASK(31, 7), VTD_MASK(1, 0), run_wait},
};

void viommu_queue_reset(struct viommu *u)
{
	viommu_set64(u, VTD_IQH, 0);
}

bool viommu_pending(const struct viommu *u)
{
	return viommu_reg64(u, VTD_IQH) != viommu_reg64(u, VTD_IQT) &&
	       (viommu_reg32(u, VTD_GSTS) & VTD_GSTS_QIES) &&
	       !(viommu_reg32(u, VTD_FSTS) & VTD_FSTS_IQE);
}

static __attribute__((noinline)) bool known(const struct viommu *u, uint64_t low)
{
	return descriptors[low & 0xf].run && (low & VTD_QI_TYPE) <= 0xf &&
	       ((low & 0xf) != VTD_QI_IEC || u->config.remapping);
}

/* Why this descriptor cannot be done, or 0 once it is. The type's upper bits are 0 in all types,
 * and so among those reserved. */
static inline unsigned run_descriptor(struct viommu *u, uint64_t low, uint64_t high)
{
	const struct descriptor *d = &descriptors[low & 0xf];
	uint64_t odd = (low & d->odd_low) | (high & d->odd_high);

	if (!odd && d->run && d->run(u, low, high))
		return 0;
	return known(u, low) ? VTD_IQEI_RESERVED : VTD_IQEI_TYPE;
}

/* As the registers have it: nothing that a descriptor does changes them. */
struct queue {
	uint64_t base, last, head, tail; /* @last: offset of its last byte */
	uint32_t left;                   /* descriptors to do */
};

static inline unsigned step(struct viommu *u, struct queue *q)
{
	uint64_t word[2];
	unsigned error;

	if (!viommu_l1_load(u, q->base + q->head, word))
		return VTD_IQEI_FETCH;
	error = run_descriptor(u, word[0], word[1]);
	if (!error)
		q->head = (q->head + (1 << VTD_IQ_SHIFT)) & q->last;
	return error;
}

static void refuse(struct viommu *u, unsigned error)
{
	u->stats.queue_errors++;
	viommu_set64(u, VTD_IQERCD, error);
	viommu_status_raise(u, VTD_FSTS_IQE);
}

/* From the head to the tail, which is elsewhere: a head that is at it now was beyond the end. */
static uint32_t waiting(const struct queue *q)
{
	uint64_t one = 1 << VTD_IQ_SHIFT;

	return (uint32_t)(((q->tail - q->head - one) & q->last) >> VTD_IQ_SHIFT) + 1;
}

/* Until one cannot be done: the reason, or 0. */
static inline unsigned work(struct viommu *u, struct queue *q)
{
	unsigned error = VTD_IQEI_TAIL;

	if (q->tail > q->last) {
		q->left--;
		return error;
	}
	do {
		error = step(u, q);
		q->left--;
	} while (q->left && !error);
	return error;
}

uint32_t viommu_run(struct viommu *u, uint32_t limit)
{
	uint64_t iqa = viommu_reg64(u, VTD_IQA);
	struct queue q = {
		.base = iqa & VTD_IQA_BASE,
		.last = (VTD_PAGE_SIZE << (iqa & VTD_IQA_QS)) - 1,
		.tail = viommu_reg64(u, VTD_IQT),
	};
	unsigned error;

	if (!limit || !viommu_pending(u))
		return 0;
	/* The driver may have made it smaller since. */
	q.head = viommu_reg64(u, VTD_IQH) & q.last;
	q.left = waiting(&q);
	if (limit > q.left)
		limit = q.left;
	q.left = limit;
	error = work(u, &q);
	limit -= q.left;
	viommu_set64(u, VTD_IQH, q.head);
	u->stats.descriptors += limit;
	if (error)
		refuse(u, error);
	return limit;
}
