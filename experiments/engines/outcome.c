// SPDX-License-Identifier: Apache-2.0
/* What the end of a run means: a name, an exit status, and a line for what is not plain. */
#include "engines/engine.h"
#include "lib/complain.h"

#include <string.h>
#include <sys/wait.h>

/* The reasons of a stop line. */
static const struct {
	const char *why;
	int status;
	const char *line; /* NULL: the plain end of a run */
} stops[] = {
	{"poweroff", STATUS_DONE, NULL},
	{"end", STATUS_DONE, NULL},
	{"reboot", STATUS_REBOOT, "the guest asked for a reboot, which ends the run"},
	{"triple-fault", STATUS_TRIPLE_FAULT, "the guest ended by a triple fault"},
	{"halted", STATUS_HALTED, "the guest halted for ever"},
	{"unsupported", STATUS_UNSUPPORTED, "L0 stopped the guest at something unsupported"},
	{"error", STATUS_L0_ERROR, "L0 stopped with an error"},
	{"panic", STATUS_L0_ERROR, "L0 stopped itself"},
};

/* As QEMU's isa-debug-exit gives the value that the guest wrote. */
static int debug_exit_status(uint64_t value)
{
	return (int)((value << 1 | 1) & 0xff);
}

static int stop_status(const struct run_outcome *outcome)
{
	const char *mark = outcome->detail[0] ? ": " : "";

	if (!strcmp(outcome->why, "debug-exit"))
		return debug_exit_status(outcome->status);
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		if (strcmp(stops[i].why, outcome->why))
			continue;
		if (!stops[i].line)
			return stops[i].status + (int)(outcome->status & 0xff);
		return give_up(stops[i].status, "%s%s%s", stops[i].line, mark, outcome->detail);
	}
	return give_up(STATUS_L0_ERROR, "L0 stopped for an unknown reason \"%s\"%s%s", outcome->why,
		       mark, outcome->detail);
}

static int died_status(const struct run_outcome *outcome)
{
	const char *mark = outcome->detail[0] ? "; its last words: " : "";
	int status = outcome->wait_status;

	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		return give_up(STATUS_ENGINE_DIED, "the engine died by signal %d%s%s",
			       WTERMSIG(status), mark, outcome->detail);
	return give_up(STATUS_ENGINE_DIED, "the engine ended (status %d) before the guest did%s%s",
		       WIFEXITED(status) ? WEXITSTATUS(status) : 0, mark, outcome->detail);
}

static void tell_neighbour(const struct machine_end *end)
{
	if (end->why[0])
		give_up(0, "the neighbour ended by %s%s%s", end->why, end->detail[0] ? ": " : "",
			end->detail);
}

int outcome_status(const struct run_outcome *outcome)
{
	tell_neighbour(&outcome->neighbour);
	switch (outcome->end) {
	case RUN_STOPPED:
		return stop_status(outcome);
	case RUN_LEFT:
		return STATUS_DONE;
	case RUN_TIMED_OUT:
		return give_up(STATUS_TIMEOUT,
			       "time-out: the guest still ran after %.0f s; see --timeout",
			       outcome->wall);
	case RUN_QUIT:
		return give_up(STATUS_QUIT, "ended by you");
	case RUN_DIED:
		return died_status(outcome);
	case RUN_UNABLE:
		break;
	}
	return STATUS_BAD_INPUT;
}

const char *outcome_name(const struct run_outcome *outcome)
{
	static const char *const names[] = {
		[RUN_LEFT] = "poweroff",    [RUN_TIMED_OUT] = "timeout",  [RUN_QUIT] = "quit",
		[RUN_DIED] = "engine-died", [RUN_UNABLE] = "not-started",
	};

	return outcome->end == RUN_STOPPED ? outcome->why : names[outcome->end];
}

bool outcome_known(const char *name)
{
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++)
		if (!strcmp(stops[i].why, name))
			return true;
	return !strcmp(name, "debug-exit");
}
