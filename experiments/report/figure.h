/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tables/result.h"

/* Is there figures/TEMPLATE.gp? A name, not a way out of the folder. */
bool figure_known(const char *template);
/*
 * Draws NAME.svg and NAME.png into the result by figures/TEMPLATE.gp, which reads figure.dat there.
 * Without gnuplot there is one line and no figure, which is no failure; false is one.
 */
bool figure_draw(const struct result *result, const char *name, const char *template);
