// SPDX-License-Identifier: Apache-2.0
/* Root and context tables: VT-d specification 3.4, 9.1, 9.3. */
#include "viommu_domain.h"
#include "viommu_mem.h"
#include "viommu_registers.h"

static struct viommu_context *place(struct viommu *u, uint16_t source)
{
	/* Functions of one device, and devices of one bus, have places of their own. */
	return &u->context[(source ^ source >> 6) % VIOMMU_CONTEXTS];
}

static uint64_t beyond(const struct viommu *u)
{
	return ~UINT64_C(0) << u->config.haw;
}

/* The table of context entries for a bus. */
static unsigned load_root(struct viommu *u, unsigned bus, uint64_t *table)
{
	uint64_t entry[2];

	/* No other mode of tables is there to be walked. */
	if ((u->root & VTD_RTADDR_TTM) ||
	    !viommu_l1_load(u, (u->root & VTD_RTADDR_RTA) + bus * 16, entry))
		return VIOMMU_FAULT_ROOT_ACCESS;
	if (!(entry[0] & VTD_ENTRY_P))
		return VIOMMU_FAULT_ROOT_ABSENT;
	if ((entry[0] & (VTD_MASK(11, 1) | beyond(u))) || entry[1])
		return VIOMMU_FAULT_ROOT_RESERVED;
	*table = entry[0] & VTD_ENTRY_ADDR;
	return 0;
}

static bool levels_offered(const struct viommu *u, unsigned levels)
{
	return (levels == 3 && u->config.agaw_39) || (levels == 4 && u->config.agaw_48);
}

/* Bits that 9.3 reserves, domain-ids beyond those of the unit among them. */
static bool reserved(const struct viommu *u, const uint64_t entry[2], unsigned type)
{
	uint64_t did = VTD_MASK(7 + u->config.domain_bits, VTD_CONTEXT_DID_LOW);
	uint64_t low = VTD_MASK(11, 4) | (type == VTD_TT_PASS ? 0 : beyond(u));

	return (entry[0] & low) || (entry[1] & ~(VTD_MASK(6, 0) | did));
}

static unsigned decode(const struct viommu *u, const uint64_t entry[2], struct viommu_context *out)
{
	unsigned type = (entry[0] & VTD_CONTEXT_TT) >> 2;

	if (!(entry[0] & VTD_ENTRY_P))
		return VIOMMU_FAULT_CONTEXT_ABSENT;
	if (reserved(u, entry, type))
		return VIOMMU_FAULT_CONTEXT_RESERVED;
	out->levels = (uint8_t)((entry[1] & VTD_CONTEXT_AW) + 2);
	out->pass = type == VTD_TT_PASS;
	out->did = (uint16_t)(entry[1] >> VTD_CONTEXT_DID_LOW);
	out->table = entry[0] & VTD_ENTRY_ADDR;
	/* Type 1 needs device-TLBs, 3 is none. */
	if (out->pass ? !u->config.pass_through
		      : type != VTD_TT_TABLES || !levels_offered(u, out->levels))
		return VIOMMU_FAULT_CONTEXT_INVALID;
	return 0;
}

unsigned viommu_context_load(struct viommu *u, uint16_t source, struct viommu_context *out)
{
	uint64_t table, entry[2];
	unsigned reason = load_root(u, source >> 8, &table);

	if (reason)
		return reason;
	if (!viommu_l1_load(u, table + (source & 0xff) * 16, entry))
		return VIOMMU_FAULT_CONTEXT_ACCESS;
	out->fpd = entry[0] & VTD_CONTEXT_FPD;
	return decode(u, entry, out);
}

unsigned viommu_context_find(struct viommu *u, uint16_t source, struct viommu_context **out,
			     bool *fpd)
{
	struct viommu_context *slot = place(u, source), new = {.source = source};
	unsigned reason = 0;

	if (!slot->valid || slot->source != source) {
		reason = viommu_context_load(u, source, &new);
		if (!reason) {
			new.valid = true;
			*slot = new;
		}
		*fpd = new.fpd;
	} else {
		*fpd = slot->fpd;
	}
	*out = slot;
	return reason;
}

void viommu_contexts_drop(struct viommu *u)
{
	for (unsigned i = 0; i < VIOMMU_CONTEXTS; i++)
		u->context[i].valid = false;
}

/* Functions that an invalidation means besides its own: FM hides bit 2, 2:1, or 2:0. */
static bool meant(const struct viommu_context *c, unsigned granularity, uint16_t did,
		  uint16_t source, unsigned function_mask)
{
	static const uint16_t masks[] = {0xffff, 0xfffb, 0xfff9, 0xfff8};

	if (granularity == VTD_GLOBAL)
		return true;
	if (c->did != did)
		return false;
	return granularity == VTD_DOMAIN || !((c->source ^ source) & masks[function_mask]);
}

unsigned viommu_invalidate_contexts(struct viommu *u, unsigned granularity, uint16_t did,
				    uint16_t source, unsigned function_mask)
{
	u->stats.context[granularity]++;
	if (!granularity)
		return 0;
	for (unsigned i = 0; i < VIOMMU_CONTEXTS; i++) {
		if (meant(&u->context[i], granularity, did, source, function_mask))
			u->context[i].valid = false;
	}
	u->epoch++;
	return granularity;
}
