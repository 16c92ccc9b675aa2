// SPDX-License-Identifier: Apache-2.0
/*
 * Queued invalidation (VT-d specification 6.5.2). Descriptors are done one after the other, each in
 * full, so a wait descriptor waits for nothing and its fence is always kept. An error freezes the
 * head at its descriptor until the driver clears IQE.
 */
#include "viommu_mem.h"
#include "viommu_registers.h"

struct descriptor {
	uint64_t reserved[2];
	bool (*run)(struct viommu *u, const uint64_t word[2]); /* false: not an allowed value */
};

static unsigned granularity(const uint64_t word[2])
{
	return word[0] >> VTD_QI_GRANULARITY & VTD_GRANULARITY;
}

static bool run_context(struct viommu *u, const uint64_t word[2])
{
	return viommu_invalidate_contexts(u, granularity(word), (uint16_t)(word[0] >> 16),
					  (uint16_t)(word[0] >> 32), word[0] >> 48 & 3);
}

static bool run_iotlb(struct viommu *u, const uint64_t word[2])
{
	return viommu_invalidate_iotlb(u, granularity(word), (uint16_t)(word[0] >> 16), word[1]);
}

/* No device has a TLB of its own: there is nothing to do, which is no error. */
static bool run_device_tlb(struct viommu *u, const uint64_t word[2])
{
	(void)word;
	u->stats.device_tlb++;
	return true;
}

/* Entries of the interrupt-remapping table are never kept: nothing to do here either. */
static bool run_iec(struct viommu *u, const uint64_t word[2])
{
	(void)word;
	u->stats.iec += u->config.remapping;
	return u->config.remapping;
}

/* The status goes where RAM is, or nowhere, as a write to an address that nobody has. */
static void write_status(struct viommu *u, const uint64_t word[2])
{
	uint32_t *status = viommu_l1_ptr(u, word[1], EPT_R | EPT_W);

	if (status)
		__atomic_store_n(status, (uint32_t)(word[0] >> 32), __ATOMIC_RELEASE);
}

static bool run_wait(struct viommu *u, const uint64_t word[2])
{
	u->stats.waits++;
	if (word[0] & VTD_QI_WAIT_SW)
		write_status(u, word);
	if ((word[0] & VTD_QI_WAIT_IF) && !(viommu_reg32(u, VTD_ICS) & VTD_ICS_IWC)) {
		viommu_set32(u, VTD_ICS, VTD_ICS_IWC);
		viommu_event(u, VTD_IECTL);
	}
	return true;
}

static const struct descriptor descriptors[16] = {
	[VTD_QI_CONTEXT] = {{VTD_MASK(15, 6) | VTD_MASK(63, 50), ~UINT64_C(0)}, run_context},
	[VTD_QI_IOTLB] = {{VTD_MASK(15, 8) | VTD_MASK(63, 32), VTD_MASK(11, 7)}, run_iotlb},
	[VTD_QI_DEVICE_TLB] = {{VTD_MASK(11, 4) | VTD_MASK(31, 21) | VTD_MASK(51, 48),
				VTD_MASK(11, 1)},
			       run_device_tlb},
	[VTD_QI_IEC] = {{VTD_MASK(26, 5) | VTD_MASK(63, 48), ~UINT64_C(0)}, run_iec},
	[VTD_QI_WAIT] = {{VTD_MASK(31, 7), VTD_MASK(1, 0)}, run_wait},
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

static bool known(const struct viommu *u, const uint64_t word[2])
{
	return descriptors[word[0] & 0xf].run && (word[0] & VTD_QI_TYPE) <= 0xf &&
	       ((word[0] & 0xf) != VTD_QI_IEC || u->config.remapping);
}

/* Why this descriptor cannot be done, or 0 once it is. The type's upper bits are 0 in all types,
 * and so among those reserved. */
static unsigned run_descriptor(struct viommu *u, const uint64_t word[2])
{
	const struct descriptor *d = &descriptors[word[0] & 0xf];
	uint64_t odd = (word[0] & d->reserved[0]) | (word[1] & d->reserved[1]);

	if (!odd && d->run && d->run(u, word))
		return 0;
	return known(u, word) ? VTD_IQEI_RESERVED : VTD_IQEI_TYPE;
}

/* As the registers have it: nothing that a descriptor does changes them. */
struct queue {
	uint64_t base, bytes, head, tail;
};

static unsigned step(struct viommu *u, struct queue *q)
{
	uint64_t word[2];
	unsigned error;

	/* The driver may have made it smaller since. */
	q->head &= q->bytes - 1;
	if (q->tail >= q->bytes)
		return VTD_IQEI_TAIL;
	if (!viommu_l1_load(u, q->base + q->head, word))
		return VTD_IQEI_FETCH;
	error = run_descriptor(u, word);
	if (!error)
		q->head = (q->head + (1 << VTD_IQ_SHIFT)) & (q->bytes - 1);
	return error;
}

static void refuse(struct viommu *u, unsigned error)
{
	u->stats.queue_errors++;
	viommu_set64(u, VTD_IQERCD, error);
	viommu_status_raise(u, VTD_FSTS_IQE);
}

uint32_t viommu_run(struct viommu *u, uint32_t limit)
{
	uint64_t iqa = viommu_reg64(u, VTD_IQA);
	struct queue q = {
		.base = iqa & VTD_IQA_BASE,
		.bytes = VTD_PAGE_SIZE << (iqa & VTD_IQA_QS),
		.head = viommu_reg64(u, VTD_IQH),
		.tail = viommu_reg64(u, VTD_IQT),
	};
	unsigned error = 0;
	uint32_t done = 0;

	if (!viommu_pending(u))
		return 0;
	while (done < limit && q.head != q.tail && !error) {
		error = step(u, &q);
		done++;
	}
	viommu_set64(u, VTD_IQH, q.head);
	u->stats.descriptors += done;
	if (error)
		refuse(u, error);
	return done;
}
