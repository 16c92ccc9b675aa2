/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engines/counters.h"
#include "lib/channel.h"

#include <jansson.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * An engine is a machine that boots an image. What differs between engines is how the machine is
 * described to it (`prepare`); starting, watching and ending its process is common (engine.c).
 */

#define RUN_MODULES_MAX      64
#define ENGINE_ARGUMENTS_MAX 10 /* the NULL behind them included */

struct run_module {
	const char *path;
	const char *text; /* its module string, as the boot loader passes it */
};

struct run_spec {
	const char *kernel; /* what the boot loader starts: L0, or a guest on the bare engine */
	const char *command_line;
	bool bare; /* no L0: ended by an "end" line or by the machine's own power-off */
	struct run_module modules[RUN_MODULES_MAX];
	unsigned int module_count;
	unsigned int cpus;
	unsigned int memory;           /* MiB of the whole machine */
	double timeout;                /* wall seconds, 0 for none */
	const char *phase;             /* what progress calls it */
	bool without_vmx;              /* a processor without VT-x */
	bool interactive;              /* COM1 on this program's stdin and stdout */
	const char *console_log;       /* COM1 to this file; NULL: none */
	const char *channel_log;       /* every line of the engine's stdout; NULL: none */
	bool neighbour;                /* L0 runs a second machine: its console is COM2 */
	const char *neighbour_console; /* COM2 to this file or terminal; NULL: nowhere */
	bool keep;                     /* leave the private directory and say where it is */
	channel_handler *on_event;     /* may be NULL */
	void *context;
};

enum run_end {
	RUN_STOPPED, /* a stop line of L0, or an end line of a bare guest */
	RUN_LEFT,    /* a bare guest powered the machine off */
	RUN_DIED,    /* the engine's process ended without one */
	RUN_TIMED_OUT,
	RUN_QUIT,   /* by the user */
	RUN_UNABLE, /* did not start; the line has been said */
};

/* What a stop line says. */
struct machine_end {
	char why[32]; /* empty: there was none */
	char detail[256];
	uint64_t status;
};

struct run_outcome {
	enum run_end end;
	char why[32]; /* of the stop line */
	char detail[256];
	uint64_t status;       /* of the stop or end line */
	uint64_t elapsed;      /* ticks, of the stop line; 0 when it did not say */
	double wall;           /* seconds */
	int wait_status;       /* of the engine's process */
	uint64_t instructions; /* that the engine executed on all CPUs; 0 where it does not say */
	struct host_counters host;
	struct machine_end neighbour; /* if it ended before the run did */
};

struct engine {
	const char *name;
	const char *about;
	bool exit_status; /* its process ends with (v << 1) | 1 when a bare guest wrote v to F4H */
	/* The program to start, or NULL when it is not here; *remedy then says what to do. */
	const char *(*program)(const char **remedy);
	/* The most memory that its machine can have, in MiB; 0: more than any knob says. */
	uint64_t (*memory_limit)(void);
	/* Writes what the machine needs into @directory; @console is the COM1 device or file, @tty
	 * which of them. Fills the argument vector, whose texts live in the directory. */
	int (*prepare)(const struct run_spec *spec, const char *directory, const char *console,
		       bool tty, char *arguments[ENGINE_ARGUMENTS_MAX]);
	/* After the process has ended: did the machine power itself off? Its last words otherwise.
	 */
	bool (*powered_off)(const char *directory, char *words, size_t room);
	/* What the engine is, by what it is made of and the same on every host that has it; NULL
	 * when that is not known. The caller releases it. */
	json_t *(*source)(void);
	/* After the process has ended: the instructions that it executed; NULL: it never says. */
	uint64_t (*instructions)(const char *directory);
};

extern const struct engine engine_bochs_fast;
extern const struct engine engine_bochs_stock;
extern const struct engine engine_kvm;

/*
 * The engine by its name; NULL or "bochs" asks the environment variable TESTUDO_ENGINE and then
 * takes the first that is here. Returns NULL after a complaint.
 */
const struct engine *engine_find(const char *name);

/* Complains about a machine that @engine cannot make. 0, or a status after a complaint. */
int engine_check(const struct engine *engine, const struct run_spec *spec);

/* Runs @spec to its end. The child is the only process it ever ends. */
void engine_run(const struct engine *engine, const struct run_spec *spec,
		struct run_outcome *outcome);

/* The program's exit status for an outcome, after a line on stderr for each that is not plain. */
int outcome_status(const struct run_outcome *outcome);
/* The same as a short text for a table or log, without printing. */
const char *outcome_name(const struct run_outcome *outcome);
/* Is @name one that outcome_name gives a run which came to an end by itself? */
bool outcome_known(const char *name);
/* "KEY": what a program says of itself, the first line of its output; NULL where it says nothing.
 */
json_t *engine_version(const char *key, const char *command);
