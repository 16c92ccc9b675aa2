/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of the samples: extremes, sum, and how many in each power of two. */
#ifndef MICRO_HISTOGRAM_H
#define MICRO_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS 64

struct histogram {
	uint64_t count, min, max, sum;
	uint64_t bucket[HISTOGRAM_BUCKETS]; /* i: samples in [2^i, 2^(i+1)); 0 also holds 0 */
};

void histogram_clear(struct histogram *h);
void histogram_add(struct histogram *h, uint64_t sample);

#endif
