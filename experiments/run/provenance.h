/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engines/engine.h"

#include <jansson.h>

/*
 * What the numbers of a result hold for, by content: no names of places, no dates, and nothing that
 * another host would say otherwise.
 *
 * "engine_source" (what the engine is made of), "sha256" (L0 and the guests' files) and "versions"
 * (of what the images are made of) into @object.
 */
void provenance_put(json_t *object, const json_t *definition, const struct engine *engine);
/* The engine's program as it was built for this host, for host.json; the caller releases it. */
json_t *provenance_program(const struct engine *engine);
