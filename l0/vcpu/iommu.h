/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The IOMMU of a machine: a unit of viommu/, its lock, and where its registers live.
 *
 *     viommu=trap      driver ── exit ──▶ platform_iommu_write() ──▶ unit
 *     viommu=sidecore  driver ── store ──▶ page of RAM ◀── iommu_poll() ──▶ unit
 *
 * Its lock is what platform_bus_enter() takes: so a device that has been told where memory is holds
 * up the answer to an invalidation until it has used it. No other lock is taken inside.
 */
#ifndef VCPU_IOMMU_H
#define VCPU_IOMMU_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/lock.h"
#include "viommu.h"

struct vm;

struct iommu {
	struct viommu unit; /* first: viommu_host.h hands it back to us */
	struct lock lock;
	struct vm *vm;
	void *page;          /* viommu=sidecore: the registers as RAM; NULL: they trap */
	uint32_t ept01_seen; /* vcpu/shared.h */
};

/* Bytes of the unit's pool of tables, from its knobs. */
#define IOMMU_POOL (UINT64_C(4) << 20)

/*
 * Power-on state, by the knobs of @vm, whose EPT01 and shared pages are made; the pool lies at
 * @pool, IOMMU_POOL bytes. False: no memory for what it needs.
 */
bool iommu_init(struct iommu *iommu, struct vm *vm, uint64_t pool);

/* For the sidecore: what the driver has written into the page; at most @budget descriptors. */
unsigned iommu_poll(void *iommu, uint64_t now, unsigned budget);

/* What it has done so far, to the data channel, whoever holds the lock. */
void iommu_report(const struct iommu *iommu);

#endif
