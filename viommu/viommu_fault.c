// SPDX-License-Identifier: Apache-2.0
/*
 * Faults and events (VT-d specification 7.2, 7.3, 11.4.7): a fault goes into the next recording
 * register, the first one of a row sets PPF, and a bit of FSTS that comes when none was set is an
 * event. An event is a message, or the pending bit while the driver has masked it.
 */
#include <stddef.h>
#include "viommu_host.h"
#include "viommu_registers.h"

#define STATUS (VTD_FSTS_PFO | VTD_FSTS_PPF | VTD_FSTS_IQE | VTD_FSTS_ICE | VTD_FSTS_ITE)

static const struct {
	bool qualified;
	const char *name;
} reasons[VIOMMU_REASONS] = {
#define X(name, reason, qualified, text) [reason] = {qualified, text},
#include "faults.def"
#undef X
};

const char *viommu_fault_name(unsigned reason)
{
	return reason < VIOMMU_REASONS ? reasons[reason].name : NULL;
}

/* Data, address and upper address stand behind a control register, four bytes each. */
static void deliver(struct viommu *u, uint32_t control)
{
	uint64_t low = viommu_reg32(u, control + 8), high = viommu_reg32(u, control + 12);

	u->stats.events++;
	viommu_host_msi(u, high << 32 | low, viommu_reg32(u, control + 4));
}

static void send(struct viommu *u, uint32_t control)
{
	if (!u->paged)
		deliver(u, control);
	else if (control == VTD_FECTL)
		u->fault_due = true;
	else
		u->completion_due = true;
}

void viommu_events_deliver(struct viommu *u)
{
	bool fault = u->fault_due, completion = u->completion_due;

	u->fault_due = u->completion_due = false;
	if (fault)
		deliver(u, VTD_FECTL);
	if (completion)
		deliver(u, VTD_IECTL);
}

void viommu_event(struct viommu *u, uint32_t control)
{
	uint32_t now = viommu_reg32(u, control);

	if (now & VTD_EVENT_IM)
		viommu_set32(u, control, now | VTD_EVENT_IP);
	else
		send(u, control);
}

/* The driver wrote the control register: what was pending goes out when nothing masks it. */
static void unmask(struct viommu *u, uint32_t control)
{
	uint32_t now = viommu_reg32(u, control);

	if ((now & (VTD_EVENT_IM | VTD_EVENT_IP)) != VTD_EVENT_IP)
		return;
	viommu_set32(u, control, now & ~VTD_EVENT_IP);
	send(u, control);
}

/* The driver has dealt with the cause: what is pending goes. */
static void withdraw(struct viommu *u, uint32_t control)
{
	viommu_set32(u, control, viommu_reg32(u, control) & ~VTD_EVENT_IP);
}

void viommu_start_fault_event(struct viommu *u, uint64_t written)
{
	(void)written;
	unmask(u, VTD_FECTL);
}

void viommu_start_completion_event(struct viommu *u, uint64_t written)
{
	(void)written;
	unmask(u, VTD_IECTL);
}

void viommu_start_completion(struct viommu *u, uint64_t written)
{
	(void)written;
	if (!(viommu_reg32(u, VTD_ICS) & VTD_ICS_IWC))
		withdraw(u, VTD_IECTL);
}

void viommu_start_status(struct viommu *u, uint64_t written)
{
	uint32_t status = viommu_reg32(u, VTD_FSTS);

	(void)written;
	if (!(status & STATUS))
		withdraw(u, VTD_FECTL);
	if (!(status & VTD_FSTS_IQE))
		viommu_set64(u, VTD_IQERCD, 0);
}

void viommu_status_raise(struct viommu *u, uint32_t bit)
{
	uint32_t old = viommu_reg32(u, VTD_FSTS);

	viommu_set32(u, VTD_FSTS, old | bit);
	if (!(old & STATUS))
		viommu_event(u, VTD_FECTL);
}

static bool taken(const struct viommu *u, uint32_t n)
{
	return viommu_reg64(u, viommu_frcd(n, true)) & VTD_FRCD_F;
}

/* F of a recording register was cleared: PPF says whether any is left. */
void viommu_start_record(struct viommu *u, uint64_t written)
{
	(void)written;
	for (uint32_t n = 0; n < u->config.fault_registers; n++) {
		if (taken(u, n))
			return;
	}
	viommu_set32(u, VTD_FSTS, viommu_reg32(u, VTD_FSTS) & ~VTD_FSTS_PPF);
	viommu_start_status(u, 0);
}

static uint64_t upper_half(const struct viommu_blocked *blocked)
{
	return VTD_FRCD_F | (blocked->read ? VTD_FRCD_T_READ : 0) |
	       (uint64_t)blocked->reason << VTD_FRCD_FR_SHIFT | blocked->source;
}

static void record(struct viommu *u, const struct viommu_blocked *blocked)
{
	uint32_t n = u->fault_next, status = viommu_reg32(u, VTD_FSTS);

	viommu_set64(u, viommu_frcd(n, false), blocked->info);
	viommu_set64(u, viommu_frcd(n, true), upper_half(blocked));
	u->fault_next = (n + 1) % u->config.fault_registers;
	u->stats.recorded++;
	if (!(status & VTD_FSTS_PPF))
		viommu_set32(u, VTD_FSTS, (status & ~VTD_FSTS_FRI) | n << VTD_FSTS_FRI_SHIFT);
	viommu_status_raise(u, VTD_FSTS_PPF);
}

void viommu_fault(struct viommu *u, const struct viommu_blocked *blocked)
{
	u->stats.fault[blocked->reason]++;
	if (reasons[blocked->reason].qualified && blocked->fpd)
		return;
	if (!(viommu_reg32(u, VTD_FSTS) & VTD_FSTS_PFO) && !taken(u, u->fault_next)) {
		record(u, blocked);
		return;
	}
	/* 7.3.1: with PFO set nothing is recorded, whatever is free. */
	u->stats.lost++;
	viommu_status_raise(u, VTD_FSTS_PFO);
}
