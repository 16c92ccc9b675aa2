/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MEMORY_SEGMENT_H
#define MEMORY_SEGMENT_H

#include "memory/guest_space.h"

/* In the order of instruction encodings, and of the VMCS. */
enum guest_segment { SEGMENT_ES, SEGMENT_CS, SEGMENT_SS, SEGMENT_DS, SEGMENT_FS, SEGMENT_GS };

/*
 * The linear address of @size bytes at @segment:@offset, @offset within the address size. False:
 * *why is a #GP or #SS, by limit, type, usability, or because an address is not canonical (SDM
 * vol. 3, 5.3 to 5.6; vol. 1, 3.3.7.1).
 */
bool guest_linear(unsigned segment, uint64_t offset, uint64_t size, enum guest_access access,
		  uint64_t *linear, struct guest_answer *why);

/* Bytes of code from CS:@rip on to the end of the segment, at most @size; 0: #GP. */
unsigned guest_code_within_limit(uint64_t rip, unsigned size);

#endif
