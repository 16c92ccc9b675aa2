// SPDX-License-Identifier: Apache-2.0
#include "steps.h"

#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void child(void (*work)(const void *what), const void *what)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		_exit(1);
	raise(SIGSTOP);
	work(what);
	raise(SIGSTOP);
	_exit(0);
}

/* Steps until the next stop; 0 if there is none. */
static uint64_t count(pid_t pid)
{
	uint64_t steps = 0;
	int status;

	while (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == 0 && waitpid(pid, &status, 0) == pid &&
	       WIFSTOPPED(status)) {
		if (WSTOPSIG(status) == SIGSTOP)
			return steps;
		steps++;
	}
	return 0;
}

static uint64_t steps_with_stops(void (*work)(const void *what), const void *what)
{
	uint64_t steps = 0;
	pid_t pid = fork();
	int status;

	if (pid == 0)
		child(work, what);
	if (pid < 0)
		return 0;
	if (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		steps = count(pid);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	return steps;
}

static void nothing(const void *what)
{
	(void)what;
}

uint64_t steps_of(void (*work)(const void *what), const void *what)
{
	return steps_with_stops(work, what) - steps_with_stops(nothing, what);
}
