/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tables/result.h"

#include <stdio.h>

/*
 * The page of an experiment: pages/NAME.md, in which a line of its own stands for what only the run
 * knows. @CALIBRATION@ is every page's; the others are the table kind's. In any line
 * @[run=NAME operation=NAME quantity=NAME]@, with further keys as a goal has them (level, vmcs,
 * mmu, vcpus, l0, size), stands for that number of the first run that fits, or n/a.
 */

struct page_part {
	const char *line; /* NULL: the last */
	void (*put)(FILE *page, const json_t *object);
};

/* NAME.md into the result, if there is a page: an experiment of one's own has none. False when it
 * cannot be written. */
bool page_write(const struct result *result, const json_t *object, const struct page_part *parts);

/* One line: the cost model that the run used, or none. */
void page_put_calibration(FILE *out, const json_t *object);
