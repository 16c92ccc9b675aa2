// SPDX-License-Identifier: Apache-2.0
#include "engines/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 2.0 /* seconds without a sign of life */
#define PERIOD   0.2

double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void progress_begin(struct progress *progress, const char *phase)
{
	*progress = (struct progress){.phase = phase, .start = seconds_now()};
}

void progress_show(struct progress *progress)
{
	double now = seconds_now();

	if (!progress->phase || now - progress->start < PATIENCE || now - progress->shown < PERIOD)
		return;
	if (!isatty(STDOUT_FILENO) || !isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K%s: %.0f s", progress->phase, now - progress->start);
	if (progress->lines)
		fprintf(stderr, ", %" PRIu64 " lines", progress->lines);
	if (progress->exits)
		fprintf(stderr, ", %" PRIu64 " exits", progress->exits);
	fflush(stderr);
	progress->shown = now;
}

void progress_clear(struct progress *progress)
{
	if (progress->shown > 0)
		fprintf(stderr, "\r\033[K");
	progress->shown = 0;
}
