/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VCPU_MARKER_H
#define VCPU_MARKER_H

#include <stdbool.h>
#include <stdint.h>

/* CPUID leaves that every level may use to mark a measurement (design: "Measuring"). */
#define MARKER_LEAF 0x54530000u
enum marker {
	MARKER_IDENTIFY,
	MARKER_BEGIN,
	MARKER_END,
	MARKER_COUNT,
	MARKER_CLOCK, /* EDX:EAX: what the TSC of who asks is ahead of its machine's clock */
	MARKERS
};

/* All other leaves are the guest's, and those of an L2 its L1's to answer. */
static inline bool marker_is(uint32_t leaf)
{
	return leaf - MARKER_LEAF < MARKERS;
}

#endif
