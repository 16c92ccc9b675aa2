// SPDX-License-Identifier: Apache-2.0
/* Interrupt remapping: VT-d specification 5.1. */
#include "viommu_mem.h"
#include "viommu_posted.h"
#include "viommu_registers.h"

struct request {
	uint16_t source;
	uint64_t address;
	uint32_t data;
};

/* What an entry says beside the interrupt. */
struct entry_says {
	bool fpd;
	bool quiet; /* posted, and nobody is to be notified */
};

/* 5.1.2.1: the interrupt as the message has it, for what is not remapped. */
static void take_message(const struct request *r, struct viommu_interrupt *out)
{
	*out = (struct viommu_interrupt){
		.destination = (uint32_t)(r->address >> 12) & 0xff,
		.hint = r->address >> 3 & 1,
		.logical = r->address >> 2 & 1,
		.vector = (uint8_t)r->data,
		.delivery = r->data >> 8 & 7,
		.level = r->data >> 15 & 1,
	};
}

/* 5.1.3: handle and subhandle make the index. Its 17 bits hold the sum of both. */
static uint32_t index_of(const struct request *r)
{
	uint32_t index = (uint32_t)(r->address >> 5 & 0x7fff);

	if (r->address & VTD_MSI_HANDLE_15)
		index |= 0x8000;
	if (r->address & VTD_MSI_SHV)
		index += r->data & 0xffff;
	return index;
}

/*
 * Both halves as they were together: L1 may exchange an entry by one 16-byte write, and half of
 * each would be an interrupt that nobody has allowed.
 */
static bool load_entry(struct viommu *u, uint32_t index, uint64_t entry[2])
{
	uint64_t at = (u->irta & VTD_IRTA_BASE) + index * 16, again[2];

	if (!viommu_l1_load(u, at, entry))
		return false;
	for (unsigned tries = 0; tries < 4; tries++) {
		if (!viommu_l1_load(u, at, again))
			return false;
		if (again[0] == entry[0] && again[1] == entry[1])
			return true;
		entry[0] = again[0];
		entry[1] = again[1];
	}
	entry[0] &= ~VTD_IRTE_P; /* whatever it is, it is not ready */
	return true;
}

static bool entry_posted(const struct viommu *u, const uint64_t entry[2])
{
	return u->config.posting && (entry[0] & VTD_IRTE_IM);
}

/* 9.11: of the posted format. */
static bool posted_reserved(const uint64_t entry[2])
{
	return (entry[0] & VTD_IRTE_RSVD_POSTED) || (entry[1] & VTD_IRTE_RSVD_POSTED_HIGH) ||
	       (entry[1] >> VTD_IRTE_SVT_SHIFT & 3) == 3;
}

/* 9.10: reserved bits and values, with what the local APICs' mode reserves. */
static bool entry_reserved(const struct viommu *u, const uint64_t entry[2])
{
	uint64_t low = VTD_IRTE_RSVD | (u->irta & VTD_IRTA_EIME ? 0 : VTD_IRTE_RSVD_XAPIC);
	unsigned delivery = entry[0] >> VTD_IRTE_DLM_SHIFT & 7;

	if (entry_posted(u, entry))
		return posted_reserved(entry);
	return (entry[0] & low) || (entry[1] & VTD_IRTE_RSVD_HIGH) || delivery == 3 ||
	       delivery == 6 || (entry[1] >> VTD_IRTE_SVT_SHIFT & 3) == 3;
}

static bool source_allowed(const uint64_t entry[2], uint16_t source)
{
	static const uint16_t masks[] = {0xffff, 0xfffb, 0xfff9, 0xfff8};
	uint16_t sid = (uint16_t)entry[1];

	switch (entry[1] >> VTD_IRTE_SVT_SHIFT & 3) {
	case 0:
		return true;
	case 1:
		return !((sid ^ source) & masks[entry[1] >> VTD_IRTE_SQ_SHIFT & 3]);
	default: /* between a first and a last bus */
		return source >> 8 >= sid >> 8 && source >> 8 <= (sid & 0xff);
	}
}

static void take_entry(const struct viommu *u, const uint64_t entry[2],
		       struct viommu_interrupt *out)
{
	uint32_t destination = (uint32_t)(entry[0] >> VTD_IRTE_DST_SHIFT);

	*out = (struct viommu_interrupt){
		.destination = u->irta & VTD_IRTA_EIME ? destination : destination >> 8 & 0xff,
		.hint = entry[0] & VTD_IRTE_RH,
		.logical = entry[0] & VTD_IRTE_DM,
		.vector = (uint8_t)(entry[0] >> VTD_IRTE_V_SHIFT),
		.delivery = entry[0] >> VTD_IRTE_DLM_SHIFT & 7,
		.level = entry[0] & VTD_IRTE_TM,
		.wide = u->irta & VTD_IRTA_EIME,
	};
}

/* The reason to block a remappable request, or 0 and *out. 5.1.4.1 has the order. */
static unsigned remap(struct viommu *u, const struct request *r, uint32_t index,
		      struct viommu_interrupt *out, struct entry_says *says)
{
	uint64_t entry[2];

	if (r->data >> 16)
		return VIOMMU_FAULT_MSI_RESERVED;
	if (index >= UINT32_C(2) << (u->irta & VTD_IRTA_S))
		return VIOMMU_FAULT_MSI_INDEX;
	if (!load_entry(u, index, entry))
		return VIOMMU_FAULT_IRTE_ACCESS;
	says->fpd = entry[0] & VTD_IRTE_FPD;
	if (!(entry[0] & VTD_IRTE_P))
		return VIOMMU_FAULT_IRTE_ABSENT;
	if (entry_reserved(u, entry))
		return VIOMMU_FAULT_IRTE_RESERVED;
	if (!source_allowed(entry, r->source))
		return VIOMMU_FAULT_IRTE_SOURCE;
	if (entry_posted(u, entry))
		return viommu_post(u, entry, out, &says->quiet);
	take_entry(u, entry, out);
	return 0;
}

static enum viommu_verdict block(struct viommu *u, const struct request *r, unsigned reason,
				 uint32_t index, bool fpd)
{
	struct viommu_blocked blocked = {
		.reason = reason,
		.source = r->source,
		.fpd = fpd,
		.info = (uint64_t)(index & 0xffff) << VTD_FRCD_INDEX_SHIFT,
	};

	viommu_fault(u, &blocked);
	return VIOMMU_FAULT;
}

/* 5.1.2.1: in compatibility format only if L1 says so, and never to 32-bit destinations. */
static bool compatible_allowed(const struct viommu *u)
{
	return (viommu_reg32(u, VTD_GSTS) & VTD_GSTS_CFIS) && !(u->irta & VTD_IRTA_EIME);
}

enum viommu_verdict viommu_remap_msi(struct viommu *u, uint16_t source, uint64_t address,
				     uint32_t data, struct viommu_interrupt *out)
{
	struct request r = {source, address, data};
	struct entry_says says = {false, false};
	bool on = viommu_reg32(u, VTD_GSTS) & VTD_GSTS_IRES;
	unsigned reason = 0;
	uint32_t index = 0;

	if (address - VTD_MSI_BASE >= VTD_MSI_SIZE)
		return VIOMMU_ABORT;
	if (on && (address & VTD_MSI_FORMAT)) {
		index = index_of(&r);
		reason = remap(u, &r, index, out, &says);
		u->stats.remapped += !reason;
	} else if (on && !compatible_allowed(u)) {
		reason = VIOMMU_FAULT_MSI_BLOCKED;
	} else {
		take_message(&r, out);
	}
	if (reason)
		return block(u, &r, reason, index, says.fpd);
	return says.quiet ? VIOMMU_POSTED : VIOMMU_OK;
}
