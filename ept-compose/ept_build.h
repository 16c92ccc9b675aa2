/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EPT01: the table that L0 makes for L1. Its contents are trusted: nothing here comes from a guest.
 *
 * After a change that takes something away, the caller executes INVEPT for ept01_eptp() before
 * L1 runs again, and tells the composed tables: ept02_invalidate_l1_range().
 */
#ifndef EPT_BUILD_H
#define EPT_BUILD_H

#include <stdint.h>
#include "ept_format.h"
#include "ept_pool.h"

struct ept01 {
	struct ept_pool *pool;
	struct ept_pages pages; /* every table, the root included */
	uint64_t root;          /* hpa */
	struct ept_caps caps;   /* the processor's */
};

/* An empty table from @pool; @hw says what the processor allows. Returns 0 or EPT_ENOMEM. */
int ept01_init(struct ept01 *ept01, struct ept_pool *pool, const struct ept_caps *hw);

/* Gives every table back. The processor must no longer use it. */
void ept01_destroy(struct ept01 *ept01);

/* The EPT pointer for VMCS01: write-back, four levels, no accessed and dirty flags. */
uint64_t ept01_eptp(const struct ept01 *ept01);

/*
 * Maps [gpa, gpa + size) to [hpa, hpa + size), with the largest leaves that alignment and the
 * processor allow. Everything is in bytes and a multiple of 4 KiB. @rights is EPT_R | EPT_W |
 * EPT_X in a combination that the processor accepts, with EPT_IPAT if the guest's PAT shall not
 * count; @memtype an enum ept_memtype. What was mapped there is replaced; a larger leaf that
 * only partly lies there is split. Returns 0, EPT_EINVAL (nothing was done) or EPT_ENOMEM (a front
 * part may be mapped).
 */
int ept01_map(struct ept01 *ept01, uint64_t gpa, uint64_t hpa, uint64_t size, uint64_t rights,
	      unsigned memtype);

/*
 * The page at @gpa becomes a leaf of its own that says what the larger one did. The processor may
 * go on with the larger one until an INVEPT. 0, EPT_EINVAL (nothing is mapped there) or EPT_ENOMEM.
 */
int ept01_split(struct ept01 *ept01, uint64_t gpa);

/* Takes [gpa, gpa + size) away, splitting leaves at its ends. 0, EPT_EINVAL or EPT_ENOMEM. */
int ept01_unmap(struct ept01 *ept01, uint64_t gpa, uint64_t size);

#endif
