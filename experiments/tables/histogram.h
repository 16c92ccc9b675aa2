/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Histograms as the channel has them: [[bucket,count],...]. */
enum histogram_kind {
	HISTOGRAM_EXACT, /* the bucket is the value */
	HISTOGRAM_LOG2,  /* bucket b holds 2^b to 2^(b+1)-1 */
};

/*
 * The smallest value that at least @percent of all do not exceed; of a log2 bucket its greatest.
 * False for a histogram that is missing, empty or malformed.
 */
bool histogram_percentile(const json_t *histogram, enum histogram_kind kind, unsigned int percent,
			  uint64_t *value);
