/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/*
 * One line that is written over again, on a terminal only: with stdout or stderr in a file or
 * pipe nothing is printed. It appears when a phase has taken two seconds.
 */
struct progress {
	const char *phase;
	double start;
	double shown;
	uint64_t lines; /* of the data channel so far */
	uint64_t exits; /* that measure lines have told of so far */
};

double seconds_now(void);
void progress_begin(struct progress *progress, const char *phase);
void progress_show(struct progress *progress);
/* Clears the line, so that what is printed next starts on a fresh one. */
void progress_clear(struct progress *progress);
