// SPDX-License-Identifier: Apache-2.0
/*
 * The emulated engine: a GRUB image on a virtual CD and Bochs' configuration file, filled from
 * the templates beside this file. "fast" is Bochs 3.0 of our own build, "stock" is Debian's
 * package.
 */
#include "engines/console.h"
#include "engines/engine.h"
#include "engines/monitor.h"
#include "engines/stamp.h"
#include "engines/template.h"
#include "lib/complain.h"
#include "lib/paths.h"
#include "lib/scratch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Bochs keeps at most so much of the guest's memory (MiB) in its own; it may have more. */
#define HOST_MEMORY_MAX 2048u
/* It dies of a part of a block at the end of memory (block_size of the templates, MiB). */
#define MEMORY_BLOCK 8u
/* Where RAM ends below the devices; what lies behind them, up to 4 GiB, its BIOS does not know of.
 */
#define LOW_MEMORY            3072u
#define HIGH_MEMORY           4096u
#define CPU_MODEL             "corei7_icelake_u"
#define CPU_MODEL_WITHOUT_VMX "p4_prescott_celeron_336"
#define STOCK_PROGRAM         "/usr/bin/bochs"

static const char *fast_program(const char **remedy)
{
	static char *program;
	const char *chosen = getenv("TESTUDO_BOCHS");

	free(program);
	program = chosen && *chosen ? text_format("%s", chosen) : cache_path("bochs-3.0/bin/bochs");
	*remedy = "build it with: experiments/setup/engine.sh";
	return access(program, X_OK) ? NULL : program;
}

static const char *stock_program(const char **remedy)
{
	*remedy = "install it with: TESTUDO_ENGINE=stock experiments/setup/engine.sh";
	return access(STOCK_PROGRAM, X_OK) ? NULL : STOCK_PROGRAM;
}

/* Runs make-iso.sh and waits; its words go to a log that is quoted when it fails. */
static int make_image(const struct run_spec *spec, const char *image, const char *directory)
{
	char *script = tree_path("experiments/setup/make-iso.sh");
	char *log = text_format("%s/make-iso.log", directory);
	const char *arguments[5 + 2 * RUN_MODULES_MAX] = {script, spec->kernel, image,
							  spec->command_line};
	size_t count = 4;
	int status = -1;
	pid_t child;

	for (unsigned int i = 0; i < spec->module_count; i++) {
		arguments[count++] = spec->modules[i].path;
		arguments[count++] = spec->modules[i].text;
	}
	child = fork();
	if (child == 0) {
		if (!freopen(log, "w", stdout) || dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
			_exit(126);
		execv(script, (char **)arguments);
		_exit(127);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (status) {
		char *words = file_read(log);

		if (words)
			words[strcspn(words, "\n")] = '\0';
		status = give_up(STATUS_ENGINE_DIED, "the boot image cannot be made: %s",
				 words && *words ? words : script);
		free(words);
	}
	free(script);
	free(log);
	return status;
}

static char *serial_words(const char *console, bool tty)
{
	return text_format("mode=%s, dev=%s", tty ? "term" : "file", console);
}

/* COM2 is there for a neighbour alone. */
static char *com2_words(const struct run_spec *spec, const char *directory)
{
	bool tty;
	char *console = console_of_neighbour(spec->neighbour_console, directory, &tty);
	char *serial = serial_words(console, tty);
	char *words =
		spec->neighbour ? text_format("enabled=1, %s", serial) : text_format("enabled=0");

	free(serial);
	free(console);
	return words;
}

/* L0's own line is there for L0 alone. */
static char *com3_words(const char *directory)
{
	char *device = monitor_device(directory);
	char *words = device ? text_format("enabled=1, mode=term, dev=%s", device)
			     : text_format("enabled=0");

	free(device);
	return words;
}

/*
 * The guest's memory, MiB: what does not fit below the devices lies above them in one piece, with
 * room for the best alignment that L0 can give its machines.
 */
static unsigned int guest_memory(unsigned int wanted, bool bare)
{
	unsigned int all = wanted <= LOW_MEMORY || bare ? wanted : HIGH_MEMORY + 2048 + wanted;

	return (all + MEMORY_BLOCK - 1) / MEMORY_BLOCK * MEMORY_BLOCK;
}

static int write_configuration(const struct run_spec *spec, const char *name, const char *image,
			       const char *com1, const char *share, const char *directory)
{
	unsigned int all = guest_memory(spec->memory, spec->bare);
	unsigned int host = all < HOST_MEMORY_MAX ? all : HOST_MEMORY_MAX;
	char *source = text_format("experiments/engines/bochs/%s.rc.in", name);
	char *template = tree_path(source);
	char *target = text_format("%s/bochsrc", directory);
	char *log = text_format("%s/bochs.log", directory);
	char *cpus = text_format("%u", spec->cpus);
	char *memory = text_format("%u", all);
	char *host_memory = text_format("%u", host);
	char *com2 = com2_words(spec, directory);
	char *com3 = com3_words(directory);
	const struct template_word words[] = {
		{"MODEL", spec->without_vmx ? CPU_MODEL_WITHOUT_VMX : CPU_MODEL},
		{"CPUS", cpus},
		{"ISO", image},
		{"MEMORY", memory},
		{"COM1", com1},
		{"COM2", com2},
		{"COM3", com3},
		{"HOST_MEMORY", host_memory},
		{"SHARE", share},
		{"LOG", log},
		{NULL, NULL},
	};
	int status = template_fill(template, words, target);

	free(source);
	free(template);
	free(target);
	free(log);
	free(cpus);
	free(memory);
	free(host_memory);
	free(com2);
	free(com3);
	return status;
}

static int prepare(const struct run_spec *spec, const char *directory, const char *com1,
		   const char *name, const char *program, const char *share,
		   char *arguments[ENGINE_ARGUMENTS_MAX])
{
	char *image = text_format("%s/boot.iso", directory);
	int status = make_image(spec, image, directory);

	if (status == 0)
		status = write_configuration(spec, name, image, com1, share, directory);
	if (status == 0) {
		arguments[0] = text_format("%s", program);
		arguments[1] = text_format("-q");
		arguments[2] = text_format("-f");
		arguments[3] = text_format("%s/bochsrc", directory);
	}
	free(image);
	return status;
}

static int prepare_fast(const struct run_spec *spec, const char *directory, const char *console,
			bool tty, char *arguments[ENGINE_ARGUMENTS_MAX])
{
	const char *remedy;
	char *share = cache_path("bochs-3.0/share");
	char *com1 = serial_words(console, tty);
	int status =
		prepare(spec, directory, com1, "fast", fast_program(&remedy), share, arguments);

	free(com1);
	free(share);
	return status;
}

/* Debian's build stops in its debugger at the start: a file of commands lets it go on. */
static int prepare_stock(const struct run_spec *spec, const char *directory, const char *console,
			 bool tty, char *arguments[ENGINE_ARGUMENTS_MAX])
{
	char *commands = text_format("%s/commands", directory);
	char *com1 = serial_words(console, tty);
	int status =
		prepare(spec, directory, com1, "stock", STOCK_PROGRAM, "/usr/share", arguments);

	if (status == 0 && !file_write(commands, "c\n"))
		status = give_up(STATUS_ENGINE_DIED, "%s cannot be written", commands);
	if (status == 0) {
		arguments[4] = text_format("-rc");
		arguments[5] = commands;
	} else {
		free(commands);
	}
	free(com1);
	return status;
}

/* The last line of the log that is a panic says why Bochs ended. */
static bool powered_off(const char *directory, char *words, size_t room)
{
	char *path = text_format("%s/bochs.log", directory);
	char *text = file_read(path);
	char *rest = text;
	bool off = false;

	for (char *line; text && (line = strsep(&rest, "\n"));) {
		char *said = strchr(line, ']');

		if (!said || !line[0] || !strchr("0123456789", line[0]) || !strchr(line, 'p'))
			continue;
		snprintf(words, room, "%s", said + 1 + strspn(said + 1, " "));
		off = strstr(words, "soft power off") || strstr(words, "shutdown requested");
	}
	free(text);
	free(path);
	return off;
}

/* A program of one's own (TESTUDO_BOCHS) is made of nobody knows what. */
static json_t *fast_source(void)
{
	const char *chosen = getenv("TESTUDO_BOCHS");
	char *path = cache_path("bochs-3.0/stamp");
	char *text = chosen && *chosen ? NULL : file_read(path);
	json_t *source = text ? stamp_read(text) : NULL;

	free(text);
	free(path);
	return source;
}

static json_t *stock_source(void)
{
	return engine_version("package", "dpkg-query -W bochs 2> /dev/null");
}

/* A line of its own on the engine's stderr (patch 22); there is none when it was killed. */
static uint64_t instructions(const char *directory)
{
	static const char label[] = "\ninstructions ";
	char *path = text_format("%s/engine.err", directory);
	char *said = file_read(path);
	char *text = text_format("\n%s", said ? said : "");
	char *line = strstr(text, label);
	uint64_t count = line ? strtoull(line + strlen(label), NULL, 10) : 0;

	free(text);
	free(said);
	free(path);
	return count;
}

const struct engine engine_bochs_fast = {
	.name = "fast",
	.about = "Bochs 3.0 of our own build",
	.program = fast_program,
	.prepare = prepare_fast,
	.powered_off = powered_off,
	.source = fast_source,
	.instructions = instructions,
};

const struct engine engine_bochs_stock = {
	.name = "stock",
	.about = "Debian's bochs package",
	.program = stock_program,
	.prepare = prepare_stock,
	.powered_off = powered_off,
	.source = stock_source,
};
