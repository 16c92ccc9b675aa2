/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* The calibrations of the cost model, from the table that L0 charges by (l0/measure/charge.def). */

struct calibration {
	const char *name;
	uint64_t ticks; /* for each world switch */
	const char *source;
};

extern const struct calibration calibrations[];
extern const size_t calibration_count;

/* NULL for "none" and for a name that is none of them. */
const struct calibration *calibration_find(const char *name);
/* What a result says about its calibration; the caller releases it. */
json_t *calibration_json(const char *name);
