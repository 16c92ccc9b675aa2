/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks of EPT01 (tables in host memory, ours) and of EPT12 (tables in L1's memory, read through
 * EPT01, never trusted: L1 may write them while they are read, so each entry is loaded once).
 */
#ifndef EPT_WALK_H
#define EPT_WALK_H

#include <stdbool.h>
#include <stdint.h>
#include "ept_build.h"
#include "ept_format.h"

enum ept_walk_status {
	EPT_WALK_OK,
	EPT_WALK_VIOLATION, /* an entry is not present, or the rights do not allow the access */
	EPT_WALK_MISCONFIG, /* an entry has a value that the manual forbids */
	EPT_WALK_RACED,     /* L1 changed an entry between its use and its A/D update: walk again */
};

struct ept_walk {
	enum ept_walk_status status;
	uint64_t addr;  /* what the gpa translates to (hpa for EPT01, L1 gpa for EPT12) */
	uint64_t entry; /* the last entry read */
	unsigned level; /* of that entry: 1 to 4 */
	unsigned shift; /* log2 of the leaf's size: 12, 21, 30 */
	uint8_t rights; /* AND of EPT_RWX over all entries; 0 if one is not present */
	uint8_t memtype;
	bool ipat;
	bool dirty;      /* EPT12 with A/D: the leaf's D, after this access */
	bool table_gone; /* EPT12: a table lies where EPT01 lets nothing be read; addr is its L1 gpa
			  */
};

/*
 * Translates a guest-physical address of L1. Only presence is tested: EPT_WALK_OK, then rights are
 * the caller's to compare; otherwise EPT_WALK_VIOLATION (nothing there). The table must be one
 * that ept01_map() built: its entries are trusted.
 */
void ept01_walk(const struct ept01 *ept01, uint64_t l1_gpa, struct ept_walk *out);

/*
 * Translates a guest-physical address of L2 for an access (bits 2:0 of an exit qualification) by
 * EPT12, as a processor with the capabilities @caps12 would. If EPTP12 asks for it and the access
 * is allowed, sets A in each entry used and D in the leaf of a write. A table that lies where
 * EPT01 has nothing readable reads as all ones, like any hole of a PC, and so is a
 * misconfiguration (table_gone says so). Where EPT01 has a table read-only, A/D updates are lost,
 * as in a ROM.
 */
void ept12_walk(const struct ept01 *ept01, const struct ept_caps *caps12, uint64_t eptp12,
		uint64_t l2_gpa, uint64_t access, struct ept_walk *out);

/*
 * Is this EPTP one that VM entry and INVEPT accept? (SDM vol. 3, "VM-Execution Control Fields")
 * Tables are write-back, whatever the processor can do: uncacheable ones are not offered to L1.
 */
bool ept_eptp_valid(uint64_t eptp, const struct ept_caps *caps);

#endif
