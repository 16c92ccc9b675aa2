// SPDX-License-Identifier: Apache-2.0
/* Built when set-up has libperf in the cache; counters_none.c takes its place elsewhere. */
#include "engines/counters.h"

#include <linux/perf_event.h>
#include <perf/core.h>
#include <perf/evlist.h>
#include <perf/evsel.h>
#include <perf/threadmap.h>
#include <stdarg.h>
#include <stdlib.h>

static const struct {
	uint32_t type;
	uint64_t config;
	bool user_only;
} events[HOST_COUNTERS] = {
	[HOST_TASK_CLOCK] = {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, false},
	[HOST_CYCLES] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, true},
	[HOST_INSTRUCTIONS] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, true},
};

/* Each event has a list of its own, so that one that is missing does not take the others along. */
struct host_probe {
	struct perf_thread_map *threads;
	struct perf_evlist *list[HOST_COUNTERS];
	struct perf_evsel *event[HOST_COUNTERS];
	bool open[HOST_COUNTERS];
};

static int quiet(enum libperf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

static void open_event(struct host_probe *probe, int i)
{
	struct perf_event_attr attribute = {
		.size = sizeof(attribute),
		.type = events[i].type,
		.config = events[i].config,
		.disabled = 1,
		.inherit = 1,
		.enable_on_exec = 1,
		.exclude_kernel = events[i].user_only,
		.exclude_hv = events[i].user_only,
	};

	probe->list[i] = perf_evlist__new();
	probe->event[i] = perf_evsel__new(&attribute);
	if (!probe->list[i] || !probe->event[i])
		return;
	perf_evlist__add(probe->list[i], probe->event[i]);
	perf_evlist__set_maps(probe->list[i], NULL, probe->threads);
	probe->open[i] = perf_evlist__open(probe->list[i]) == 0;
}

struct host_probe *host_probe_open(pid_t child)
{
	struct host_probe *probe = calloc(1, sizeof(*probe));

	if (!probe)
		return NULL;
	libperf_init(quiet);
	probe->threads = perf_thread_map__new_dummy();
	if (!probe->threads)
		return probe;
	perf_thread_map__set_pid(probe->threads, 0, child);
	for (int i = 0; i < HOST_COUNTERS; i++)
		open_event(probe, i);
	return probe;
}

void host_probe_read(struct host_probe *probe, struct host_counters *counters)
{
	struct perf_counts_values values;

	*counters = (struct host_counters){0};
	for (int i = 0; probe && i < HOST_COUNTERS; i++) {
		if (!probe->open[i] || perf_evsel__read(probe->event[i], 0, 0, &values))
			continue;
		/* A counter that never ran on the hardware (virtual machines) has nothing to say.
		 */
		counters->known[i] = values.val != 0;
		counters->value[i] = values.val;
	}
}

void host_probe_close(struct host_probe *probe)
{
	for (int i = 0; probe && i < HOST_COUNTERS; i++) {
		if (probe->open[i])
			perf_evlist__close(probe->list[i]);
		if (probe->list[i])
			perf_evlist__delete(probe->list[i]);
	}
	if (probe && probe->threads)
		perf_thread_map__put(probe->threads);
	free(probe);
}
