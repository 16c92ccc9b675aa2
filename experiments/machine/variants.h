/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "machine/knobs.h"

#include <jansson.h>

/*
 * Knobs that a definition sets: "knobs" of the experiment are its defaults, which --set overrides;
 * "knobs" of one of its runs are what that run is about, and stand against all others.
 */

/*
 * A run with "each": {"KNOB": ["VALUE", ...], ...} stands for one run of every combination, the
 * last knob changing first: puts those in its place.
 */
void variants_expand(json_t *definition);
/* What @run itself sets the knob @name to, or "n/a". */
const char *variants_value(const json_t *run, const char *name);

/* The "knobs" of an experiment or a run into @settings. 0, or a status after a complaint. */
int variants_knobs(const json_t *holder, struct knob_settings *settings);
/* Complains about a knob of the command line that tells runs of @definition apart. */
int variants_check(const json_t *definition, const char *const settings[], size_t count);
/* Complains if those of a run of @definition do not go together with @settings. */
int variants_agree(const json_t *definition, const struct knob_settings *settings);
/* The first setting of @run that this L0 does not know, or NULL: such a run is not made. */
const char *variants_missing(const json_t *run);
/* What stands in the result for a run that was not made. */
json_t *variants_absent(const json_t *run);
