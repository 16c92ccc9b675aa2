// SPDX-License-Identifier: Apache-2.0
/* Starts an engine's process, watches it to its end, and ends it when it overstays. */
#include "engines/engine.h"
#include "engines/channel_log.h"
#include "engines/console.h"
#include "engines/monitor.h"
#include "engines/progress.h"
#include "lib/complain.h"
#include "lib/scratch.h"

#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * How long the engine may take to leave by itself after the line that ends the run, since then or
 * since it last wrote to the console; and at most.
 */
#define GRACE     2.0
#define GRACE_MAX 60.0
#define TICK_MS   50

struct watch {
	const struct run_spec *spec;
	struct run_outcome *outcome;
	pid_t child;
	int output; /* the engine's stdout */
	struct channel_reader reader;
	struct console console;
	struct monitor monitor;
	struct progress progress;
	struct channel_log log;
	bool told;           /* the line that ends the run has come */
	double told_at;      /* when */
	double leave_by;     /* the moment its grace is over */
	uint64_t console_at; /* what the console had written by then */
	bool asked;          /* the time is over, and L0 was asked what the guest does */
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* The run goes on: it is the machine under test that ends it. */
static void note_neighbour(struct machine_end *end, const json_t *stop)
{
	snprintf(end->why, sizeof(end->why), "%s", channel_text(stop, "why", "error"));
	snprintf(end->detail, sizeof(end->detail), "%s", channel_text(stop, "detail", ""));
	channel_number(stop, "status", &end->status);
}

static void note_end(struct watch *watch, const struct channel_event *event)
{
	struct run_outcome *outcome = watch->outcome;
	const char *why = event->kind == CHANNEL_END ? "end" : "error";

	if (watch->told)
		return;
	watch->told = true;
	watch->told_at = seconds_now();
	watch->leave_by = watch->told_at + GRACE;
	outcome->end = RUN_STOPPED;
	snprintf(outcome->why, sizeof(outcome->why), "%s", channel_text(event->object, "why", why));
	snprintf(outcome->detail, sizeof(outcome->detail), "%s",
		 channel_text(event->object, "detail", ""));
	channel_number(event->object, "status", &outcome->status);
	channel_number(event->object, "elapsed", &outcome->elapsed);
}

static void count_exits(struct progress *progress, const json_t *measure)
{
	const json_t *row;
	uint64_t count;
	size_t i;

	json_array_foreach (json_object_get(measure, "exits"), i, row)
		if (channel_number(row, "count", &count))
			progress->exits += count;
}

static void on_line(void *context, const struct channel_event *event)
{
	struct watch *watch = context;

	channel_log_line(&watch->log, event->text);
	if (event->kind == CHANNEL_NOISE)
		return;
	watch->progress.lines++;
	if (event->kind == CHANNEL_MEASURE)
		count_exits(&watch->progress, event->object);
	if (event->kind == CHANNEL_STATE) {
		progress_clear(&watch->progress);
		monitor_told(&watch->monitor, event->object);
	}
	if (watch->spec->on_event)
		watch->spec->on_event(watch->spec->context, event);
	/* Only who owns the machine may end the run: an end line under L0 is some guest's talk. */
	if (event->kind != (watch->spec->bare ? CHANNEL_END : CHANNEL_STOP))
		return;
	if (event->machine)
		note_neighbour(&watch->outcome->neighbour, event->object);
	else
		note_end(watch, event);
}

/* Returns false at the end of the engine's output. */
static bool read_output(struct watch *watch)
{
	char bytes[16384];
	ssize_t count = read(watch->output, bytes, sizeof(bytes));

	if (count > 0)
		channel_feed(&watch->reader, bytes, (size_t)count, on_line, watch);
	return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

/*
 * A line for each machine in the file that TESTUDO_TALLY names, whichever process ran it: what a
 * batch of runs costs can be added up from it.
 */
static void add_to_tally(const struct run_spec *spec, uint64_t instructions)
{
	const char *path = getenv("TESTUDO_TALLY");
	FILE *file = path && *path ? fopen(path, "a") : NULL;

	if (!file)
		return;
	fprintf(file, "%" PRIu64 " %s\n", instructions, spec->phase ? spec->phase : "");
	fclose(file);
}

/*
 * The child: its own process group, so that a Ctrl-C meant for the harness does not reach it, and
 * killed by the system if the harness dies. It waits at @gate until the counters are open.
 */
static void become_engine(char *arguments[], int gate, int output, const char *directory)
{
	int nothing = open("/dev/null", O_RDWR);
	int errors;
	char go;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	if (chdir(directory))
		_exit(126);
	errors = open("engine.err", O_WRONLY | O_CREAT | O_TRUNC, 0666);
	dup2(nothing, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(errors >= 0 ? errors : nothing, STDERR_FILENO);
	signal(SIGPIPE, SIG_DFL);
	if (read(gate, &go, 1) != 1)
		_exit(126);
	execv(arguments[0], arguments);
	_exit(127);
}

static bool start_child(struct watch *watch, char *arguments[], const char *directory,
			struct host_probe **probe)
{
	int gate[2], output[2];

	if (pipe2(gate, O_CLOEXEC))
		return false;
	if (pipe2(output, O_CLOEXEC)) {
		close(gate[0]);
		close(gate[1]);
		return false;
	}
	watch->child = fork();
	if (watch->child == 0)
		become_engine(arguments, gate[0], output[1], directory);
	close(gate[0]);
	close(output[1]);
	watch->output = output[0];
	fcntl(watch->output, F_SETFL, O_NONBLOCK);
	if (watch->child > 0) {
		*probe = host_probe_open(watch->child);
		/* A child that is gone already is found by waitpid. */
		(void)!write(gate[1], "g", 1);
	}
	close(gate[1]);
	return watch->child > 0;
}

static enum run_end reason_to_stop(const struct watch *watch, double start)
{
	double limit = watch->spec->timeout;

	if (interrupted || watch->console.quit)
		return RUN_QUIT;
	if (limit > 0 && seconds_now() - start > limit)
		return RUN_TIMED_OUT;
	return RUN_STOPPED;
}

/* Handles what came in within one tick; returns false once the engine's output has ended. */
static bool watch_once(struct watch *watch)
{
	struct pollfd polls[1 + CONSOLE_POLLS] = {{.fd = watch->output, .events = POLLIN}};
	bool open = true;

	console_polls(&watch->console, polls + 1);
	if (poll(polls, 1 + CONSOLE_POLLS, TICK_MS) < 0)
		return errno == EINTR;
	if (polls[0].revents)
		open = read_output(watch);
	/* On a person's console only the wait for its first words is progress. */
	if (polls[1].revents & POLLIN)
		progress_clear(&watch->progress);
	console_serve(&watch->console, polls + 1);
	if (escape_asked(&watch->console.escape))
		monitor_ask(&watch->monitor);
	if (!watch->console.written)
		progress_show(&watch->progress);
	return open;
}

/* What a UART or a ring still holds when the run's end is told is on its way to the console. */
static bool overstays(struct watch *watch)
{
	uint64_t written = console_written(&watch->console);
	double now = seconds_now();

	if (written != watch->console_at)
		watch->leave_by = now + GRACE;
	watch->console_at = written;
	return now > watch->leave_by || now > watch->told_at + GRACE_MAX;
}

/* A guest whose time is over is not ended before L0 has said what it does. */
static bool is_over(struct watch *watch, enum run_end reason)
{
	bool waits = monitor_waits(&watch->monitor);

	if (reason == RUN_STOPPED)
		return false;
	watch->outcome->end = reason;
	if (reason != RUN_TIMED_OUT || watch->spec->bare || watch->asked)
		return reason != RUN_TIMED_OUT || !waits;
	watch->asked = true;
	monitor_ask(&watch->monitor);
	return false;
}

/* Until the engine leaves, is told to, or overstays its grace; then there is no child any more. */
static void watch_child(struct watch *watch)
{
	struct run_outcome *outcome = watch->outcome;
	double start = seconds_now();

	outcome->end = RUN_DIED;
	while (watch_once(watch)) {
		enum run_end reason = reason_to_stop(watch, start);

		if (watch->told ? overstays(watch) : is_over(watch, reason))
			break;
	}
	kill(watch->child, SIGKILL);
	while (waitpid(watch->child, &outcome->wait_status, 0) < 0 && errno == EINTR)
		;
	while (read_output(watch) && errno != EAGAIN)
		;
	outcome->wall =
		outcome->end == RUN_TIMED_OUT ? watch->spec->timeout : seconds_now() - start;
}

/* An engine that was asked to has the debug exit in its own status, which is always odd then. */
static void leave(const struct engine *engine, struct run_outcome *outcome)
{
	int status = WIFEXITED(outcome->wait_status) ? WEXITSTATUS(outcome->wait_status) : 0;

	outcome->end = RUN_LEFT;
	if (engine->exit_status && (status & 1)) {
		outcome->end = RUN_STOPPED;
		outcome->status = (uint64_t)status >> 1;
		snprintf(outcome->why, sizeof(outcome->why), "debug-exit");
	}
}

/* A bare guest has no L0 to say that it ended: the machine's own power-off is its end. */
static void explain_death(const struct engine *engine, const struct watch *watch,
			  const char *directory)
{
	struct run_outcome *outcome = watch->outcome;
	char words[sizeof(outcome->detail)] = "";

	if (outcome->end != RUN_DIED)
		return;
	if (engine->powered_off(directory, words, sizeof(words)) && watch->spec->bare)
		leave(engine, outcome);
	snprintf(outcome->detail, sizeof(outcome->detail), "%s", words);
}

static bool run_in(const struct engine *engine, struct watch *watch, const char *directory)
{
	const struct run_spec *spec = watch->spec;
	struct host_probe *probe = NULL;
	char *arguments[ENGINE_ARGUMENTS_MAX] = {NULL};
	bool started = false;

	if (!console_open(&watch->console, spec->interactive, spec->console_log, directory))
		return false;
	monitor_open(&watch->monitor, directory, spec->bare);
	if (engine->prepare(spec, directory, watch->console.device, watch->console.tty,
			    arguments) == 0) {
		started = start_child(watch, arguments, directory, &probe);
		if (!started)
			give_up(0, "the engine cannot be started: %s", strerror(errno));
	}
	if (started) {
		watch_child(watch);
		host_probe_read(probe, &watch->outcome->host);
		channel_finish(&watch->reader, on_line, watch);
		explain_death(engine, watch, directory);
		if (engine->instructions)
			watch->outcome->instructions = engine->instructions(directory);
		add_to_tally(spec, watch->outcome->instructions);
		close(watch->output);
	}
	host_probe_close(probe);
	console_close(&watch->console);
	monitor_close(&watch->monitor);
	for (size_t i = 0; i < ENGINE_ARGUMENTS_MAX; i++)
		free(arguments[i]);
	return started;
}

void engine_run(const struct engine *engine, const struct run_spec *spec,
		struct run_outcome *outcome)
{
	struct watch watch = {.spec = spec, .outcome = outcome};
	char *directory = scratch_make();

	*outcome = (struct run_outcome){.end = RUN_UNABLE};
	if (!directory)
		return;
	catch_signals();
	progress_begin(&watch.progress, spec->phase);
	if (channel_log_open(&watch.log, spec->channel_log, spec->bare))
		run_in(engine, &watch, directory);
	else
		complain("--channel: %s cannot be written: %s; give another place",
			 spec->channel_log, strerror(errno));
	progress_clear(&watch.progress);
	channel_log_close(&watch.log);
	if (spec->keep)
		fprintf(stderr, "testudo: the run's files are in %s\n", directory);
	else
		scratch_remove(directory);
	free(directory);
}
