/* SPDX-License-Identifier: Apache-2.0 */
/* Ways to take a device from under its own work. */
#ifndef WAYS_H
#define WAYS_H

#include "guest.h"

/* The last one resets by the status register alone, so that it still may write what it has begun.
 */
enum { WAYS = 9, WAY_STATUS = WAYS - 1 };

/* Finds the engine, and what way_back() restores. */
bool ways_begin(void);
void way_take(unsigned int way);
/* Its place and its rights as they were. */
void way_back(void);

#endif
