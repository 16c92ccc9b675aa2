/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>

/*
 * What setup/engine.sh built the engine of, from the text of its stamp: {"tarball", "configure",
 * "cflags", "patches": {"NAME": "SHA-256"}}. What the stamp says of the host that built it is left
 * out: the same source, patches and options are the same engine, whatever bytes a compiler makes of
 * them. NULL for a text that names no source. The caller releases it.
 */
json_t *stamp_read(const char *text);
