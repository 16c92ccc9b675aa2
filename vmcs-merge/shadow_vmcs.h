/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shadow VMCS (SDM vol. 3, 25.10 and "VMCS shadowing" in 26): the hot fields of VMCS12 where
 * the processor lets L1 reach them by itself. The cache is the truth while L0 or L2 runs, the
 * shadow VMCS is while L1 does.
 */
#ifndef VMCS_SHADOW_H
#define VMCS_SHADOW_H

#include <stdint.h>

#include "vmcs12.h"

#define SHADOW_BITMAP_BYTES 4096

/*
 * The VMREAD and VMWRITE bitmaps: a clear bit lets L1 through. Only fields that exist for L1, whole
 * (not by halves), and for VMWRITE none that is read-only.
 */
void shadow_bitmaps(const struct vmcs_index *index, uint8_t read[SHADOW_BITMAP_BYTES],
		    uint8_t write[SHADOW_BITMAP_BYTES]);

/* The shadow VMCS is current. All fields to it: another VMCS12 became current. */
void shadow_fill(const struct vmcs12_cache *c, const struct vmcs_index *index);

/* The shadow VMCS is current. What an exit to L1, or a failed entry, changed. */
void shadow_store(const struct vmcs12_cache *c);

/* The shadow VMCS is current. What L1 wrote comes into the cache, and its groups become dirty. */
void shadow_load(struct vmcs12_cache *c);

#endif
