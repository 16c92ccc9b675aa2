/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tables/result.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* The peer's numbers (run/peer.h) beside ours. */

/* peer.csv: each run of ours at L1 or L2 beside the peer's; peer.dat: the same for the figure. */
bool peer_table(const struct result *result, const json_t *object);
bool peer_figure(const struct result *result, const json_t *object);
void peer_show(const json_t *object, FILE *out);
