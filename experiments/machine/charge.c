// SPDX-License-Identifier: Apache-2.0
#include "machine/charge.h"

#include "../l0/measure/charge.def"

#include <string.h>

const struct calibration calibrations[] = {
#define ROW(name, ticks, source) {name, ticks, source},
	CHARGES(ROW)
#undef ROW
};

const size_t calibration_count = sizeof(calibrations) / sizeof(calibrations[0]);

const struct calibration *calibration_find(const char *name)
{
	for (size_t i = 0; name && i < calibration_count; i++)
		if (!strcmp(calibrations[i].name, name))
			return &calibrations[i];
	return NULL;
}

json_t *calibration_json(const char *name)
{
	const struct calibration *c = calibration_find(name);

	if (!c)
		return json_pack("{s:s,s:i}", "name", "none", "ticks_per_exit", 0);
	return json_pack("{s:s,s:I,s:s}", "name", c->name, "ticks_per_exit", (json_int_t)c->ticks,
			 "source", c->source);
}
