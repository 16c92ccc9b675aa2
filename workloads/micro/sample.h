/* SPDX-License-Identifier: Apache-2.0 */
/* What every measuring guest says alike: Testudo's markers, the level, a sample's line. */
#ifndef MICRO_SAMPLE_H
#define MICRO_SAMPLE_H

#include "histogram.h"
#include "line.h"

/* CPUID leaves that Testudo's L0 answers itself at every level. */
#define MARKER_IDENTIFY 0x54530000u
#define MARKER_BEGIN    0x54530001u
#define MARKER_END      0x54530002u
#define MARKER_CLOCK    0x54530004u /* EDX:EAX: what this TSC is ahead of the machine's clock */

/* "bare", "L1", "L2": from L0 if it is there, else from CPUID's hypervisor bit. */
const char *level_found(void);

/*
 * A sample's line is sample_begin(), pairs of one's own, sample_numbers(), and the closing brace:
 * whose it is, and what was counted.
 */
void sample_begin(struct line *line, const char *level, const char *operation, uint64_t id);
void sample_numbers(struct line *line, const struct histogram *h);

#endif
