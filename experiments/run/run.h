/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engines/engine.h"
#include "machine/knobs.h"

#include <jansson.h>

/*
 * One run of an experiment: a guest at a level, as its definition says. Fills @run, an object of
 * the result, and @host with what must not stand there. 0, or a status after a complaint.
 */
int experiment_run(const json_t *definition, const struct engine *engine,
		   const struct knob_settings *settings, double timeout, json_t *run, json_t *host);
