// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "engines/counters.h"
#include "engines/engine.h"
#include "lib/complain.h"
#include "lib/paths.h"
#include "lib/scratch.h"
#include "machine/images.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void row(const char *name, bool good, const char *what)
{
	printf("  %-14s %-8s %s\n", name, good ? "here" : "missing", what);
}

static bool in_path(const char *program)
{
	const char *path = getenv("PATH");
	char *copy = text_format("%s", path ? path : "");
	char *rest = copy;
	bool found = false;

	for (char *directory; !found && (directory = strsep(&rest, ":"));) {
		char *file = text_format("%s/%s", directory, program);

		found = access(file, X_OK) == 0;
		free(file);
	}
	free(copy);
	return found;
}

/* Tools that a run calls, and what goes without them. */
static const struct tool {
	const char *program, *remedy;
	bool needed;
} tools[] = {
	{"grub-mkrescue", "apt-get install grub-common grub-pc-bin", true},
	{"xorriso", "apt-get install xorriso", true},
	{"addr2line", "apt-get install binutils: no profile by function without it", false},
	{"gnuplot", "apt-get install gnuplot-nox: no figures without it", false},
};

static bool check_tools(void)
{
	bool good = true;

	printf("tools\n");
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		bool here = in_path(tools[i].program);

		row(tools[i].program, here, here ? "" : tools[i].remedy);
		good = good && (here || !tools[i].needed);
	}
	return good;
}

static bool check_engines(void)
{
	const struct engine *const all[] = {&engine_bochs_fast, &engine_bochs_stock, &engine_kvm};
	const struct engine *used;

	printf("engines\n");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const char *remedy = "";
		const char *program = all[i]->program(&remedy);

		row(all[i]->name, program, program ? program : remedy);
	}
	fflush(stdout);
	used = engine_find(NULL);
	if (used)
		printf("  used: %s (%s)\n", used->name, used->about);
	return used != NULL;
}

static bool check_images(void)
{
	bool good = true;

	printf("images\n");
	for (const struct image *image = images; image->name; image++) {
		char *path = tree_path(image->path);
		bool here = file_exists(path);

		row(image->name, here, here ? image->about : image->remedy);
		good = good && here;
		free(path);
	}
	return good;
}

/* Opens the counters on a child that does nothing, as a run does on the engine. */
static void check_counters(void)
{
	struct host_counters counters = {0};
	struct host_probe *probe;
	int status;
	pid_t child = fork();

	if (child == 0) {
		raise(SIGSTOP);
		execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	}
	if (child < 0)
		return;
	waitpid(child, &status, WUNTRACED);
	probe = host_probe_open(child);
	kill(child, SIGCONT);
	waitpid(child, &status, 0);
	host_probe_read(probe, &counters);
	host_probe_close(probe);
	row("task-clock", counters.known[HOST_TASK_CLOCK], "simulated ticks per second");
	row("cycles", counters.known[HOST_CYCLES], "of the host; n/a in results where missing");
	row("instructions", counters.known[HOST_INSTRUCTIONS], "the same");
}

static int run(const struct request *request)
{
	bool good;

	(void)request;
	good = check_tools();
	good = check_engines() && good;
	good = check_images() && good;
	printf("host\n");
	check_counters();
	row("/dev/kvm", access("/dev/kvm", R_OK | W_OK) == 0,
	    "not needed: the engine emulates VT-x");
	printf("%s\n", good ? "a run would work" : "a run would not work: make setup");
	return good ? STATUS_DONE : STATUS_MISSING;
}

const struct command command_doctor = {
	.name = "doctor",
	.about = "what is here, what is missing, and which engine will be used",
	.run = run,
};
