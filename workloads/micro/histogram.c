// SPDX-License-Identifier: Apache-2.0
#include "histogram.h"

void histogram_clear(struct histogram *h)
{
	*h = (struct histogram){.min = UINT64_MAX};
}

void histogram_add(struct histogram *h, uint64_t sample)
{
	h->count++;
	h->sum += sample;
	if (sample < h->min)
		h->min = sample;
	if (sample > h->max)
		h->max = sample;
	h->bucket[63 - __builtin_clzll(sample | 1)]++;
}
