/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "machine/knobs.h"

#include <jansson.h>

/*
 * The peer: another hypervisor as L0 of the same engine, with the same L1 and the same payload.
 * What it runs stands in peers/NAME.json; what it measured stands beside ours in the same result
 * object (tables/side_by_side.h).
 */

/*
 * Adds the runs of @name that the definition wants, or of the peer that the definition itself
 * names, and says which in the definition's "peer". Without either there is none. 0, or a status
 * after a complaint: the peer runs the micro-benchmark and nothing else, in an L1 of its own knobs.
 */
int peer_add(json_t *definition, const char *name, const struct knob_settings *settings);
