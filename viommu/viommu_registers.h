/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the library: the register file, and what a write starts. */
#ifndef VIOMMU_REGISTERS_H
#define VIOMMU_REGISTERS_H

#include "viommu.h"

enum viommu_offset {
#define X(name, offset, width, kind, mask, reset, start) VTD_##name = (offset),
#include "registers.def"
#undef X
};

/* Place of a fault recording register: its lower and upper half. */
static inline uint32_t viommu_frcd(uint32_t n, bool upper)
{
	return VTD_FRO + n * 16 + (upper ? 8 : 0);
}

static inline uint64_t viommu_reg64(const struct viommu *u, uint32_t offset)
{
	return u->reg[offset / 8];
}

static inline uint32_t viommu_reg32(const struct viommu *u, uint32_t offset)
{
	return (uint32_t)(u->reg[offset / 8] >> offset % 8 * 8);
}

static inline void viommu_set64(struct viommu *u, uint32_t offset, uint64_t value)
{
	u->reg[offset / 8] = value;
	u->dirty |= UINT64_C(1) << offset / 8;
}

static inline void viommu_set32(struct viommu *u, uint32_t offset, uint32_t value)
{
	unsigned shift = offset % 8 * 8;
	uint64_t rest = u->reg[offset / 8] & ~(UINT64_C(0xffffffff) << shift);

	viommu_set64(u, offset, rest | (uint64_t)value << shift);
}

/* Writes one register, or an aligned half of one: all of viommu_write() but the queue's work. */
void viommu_register_write(struct viommu *u, uint32_t offset, unsigned size, uint64_t value);

/* Does an eight-byte register begin at this offset? */
bool viommu_register_wide(const struct viommu *u, uint32_t offset);

/* Fills the register file with what a unit has after power-on. */
void viommu_registers_reset(struct viommu *u);

/* Of the table's last column. @written is what the driver wrote. */
#define X(name, offset, width, kind, mask, reset, start)                                           \
	void viommu_start_##start(struct viommu *u, uint64_t written);
#include "registers.def"
#undef X
void viommu_start_record(struct viommu *u, uint64_t written);

/* Invalidations, as registers and queue ask for them; the granularity done, 0: refused. */
unsigned viommu_invalidate_contexts(struct viommu *u, unsigned granularity, uint16_t did,
				    uint16_t source, unsigned function_mask);
unsigned viommu_invalidate_iotlb(struct viommu *u, unsigned granularity, uint16_t did,
				 uint64_t address);

/* Begins anew at the front of the queue. */
void viommu_queue_reset(struct viommu *u);

/* A bit of FSTS is set by the unit; an event, if none was set before. */
void viommu_status_raise(struct viommu *u, uint32_t bit);

/* The fault event (@control VTD_FECTL) or the completion event (VTD_IECTL). */
void viommu_event(struct viommu *u, uint32_t control);

/* The events that wait for the register page to show what they are about. */
void viommu_events_deliver(struct viommu *u);

struct viommu_blocked {
	enum viommu_fault_reason reason;
	uint16_t source;
	bool fpd, read;
	uint64_t info; /* address, or interrupt index in bits 63:48 */
};

/* Records a fault, unless FPD keeps it out. */
void viommu_fault(struct viommu *u, const struct viommu_blocked *blocked);

#endif
