/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>
#include <stdio.h>

/* A "state" line of L0's (l0/measure/channel.h) as a block of lines for a person. */
void state_print(FILE *to, const json_t *state);
