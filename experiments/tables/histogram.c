// SPDX-License-Identifier: Apache-2.0
#include "tables/histogram.h"

#define BUCKETS_MAX 4096

struct bucket {
	uint64_t value, count;
};

static bool take_bucket(const json_t *pair, struct bucket *bucket)
{
	json_int_t value = json_integer_value(json_array_get(pair, 0));
	json_int_t count = json_integer_value(json_array_get(pair, 1));

	if (json_array_size(pair) != 2 || value < 0 || count < 0)
		return false;
	*bucket = (struct bucket){(uint64_t)value, (uint64_t)count};
	return true;
}

/* Senders list buckets in rising order; one that does not is not trusted with a percentile. */
static bool total_of(const json_t *histogram, uint64_t *total)
{
	uint64_t last = 0;
	struct bucket bucket;
	const json_t *pair;
	size_t i;

	*total = 0;
	json_array_foreach (histogram, i, pair) {
		if (!take_bucket(pair, &bucket) || (i && bucket.value <= last) ||
		    __builtin_add_overflow(*total, bucket.count, total))
			return false;
		last = bucket.value;
	}
	return *total != 0 && i <= BUCKETS_MAX;
}

static uint64_t greatest(uint64_t bucket, enum histogram_kind kind)
{
	if (kind == HISTOGRAM_EXACT)
		return bucket;
	return bucket >= 63 ? UINT64_MAX : (2ull << bucket) - 1;
}

bool histogram_percentile(const json_t *histogram, enum histogram_kind kind, unsigned int percent,
			  uint64_t *value)
{
	uint64_t total, seen = 0, wanted;
	struct bucket bucket;
	const json_t *pair;
	size_t i;

	if (!total_of(histogram, &total))
		return false;
	wanted = total / 100 * percent + (total % 100 * percent + 99) / 100;
	json_array_foreach (histogram, i, pair) {
		take_bucket(pair, &bucket);
		seen += bucket.count;
		if (seen >= wanted) {
			*value = greatest(bucket.value, kind);
			return true;
		}
	}
	return false;
}
