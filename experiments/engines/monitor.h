/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/*
 * L0's own serial line (COM3): asked there, L0 tells what its guests do, one "state" line on the
 * data channel for each vCPU. A pseudo-terminal whose name in the run's private directory is
 * MONITOR_NAME; without L0 there is none.
 */

#define MONITOR_NAME "monitor"

struct monitor {
	int master, slave; /* -1: no line */
	double asked;      /* when; 0: nobody waits for an answer */
	bool hurried;      /* that was told to say what it has */
	unsigned int told; /* vCPUs that have answered */
};

/* Where no line can be had the run goes on without. */
void monitor_open(struct monitor *monitor, const char *directory, bool bare);
void monitor_close(struct monitor *monitor);

/* Asks, unless an answer is on its way; says so where there is nobody to ask. */
void monitor_ask(struct monitor *monitor);

/* A vCPU's answer, which goes to stderr as a block that a person can read. */
void monitor_told(struct monitor *monitor, const json_t *state);

/* Is an answer still to come? To be called now and then: it has a limit. */
bool monitor_waits(struct monitor *monitor);

/* For an engine's prepare(): what it opens for COM3, or NULL. The caller frees it. */
char *monitor_device(const char *directory);
