/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What a run cost the host, by libperf around the engine's process. These vary from run to run, so
 * they stand in host.json and nowhere else.
 */

enum host_counter {
	HOST_TASK_CLOCK,   /* ns */
	HOST_CYCLES,       /* user mode */
	HOST_INSTRUCTIONS, /* user mode */
	HOST_COUNTERS,
};

struct host_counters {
	bool known[HOST_COUNTERS];
	uint64_t value[HOST_COUNTERS];
};

struct host_probe;

/* Opens the counters on @child, which has not yet called exec; they start there. Never fails: a
 * counter that this machine does not have stays unknown. */
struct host_probe *host_probe_open(pid_t child);
void host_probe_read(struct host_probe *probe, struct host_counters *counters);
void host_probe_close(struct host_probe *probe);
