// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "engines/terminal.h"
#include "lib/complain.h"
#include "machine/disk.h"
#include "machine/images.h"
#include "machine/machine.h"

#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(struct request, name)

static const struct option_row options[] = {
	{"l1", OPTION_TEXT, FIELD(l1), "linux|FILE", "L1: Debian's kernel (default), or a kernel",
	 0, 0},
	{"kernel", OPTION_FILE, FIELD(kernel), "FILE",
	 "a bzImage, vmlinux or multiboot kernel as L1", 0, 0},
	{"initrd", OPTION_MODULE, FIELD(modules), "FILE[ WORDS]",
	 "its initrd or a module, with its words; may be repeated", 0, 0},
	{"append", OPTION_WORDS, FIELD(append), "WORDS", "its command line, or more words of it", 0,
	 0},
	{"cpus", OPTION_NUMBER, FIELD(cpus), "N", "processors with --bare; under L0 --vcpus", 1, 8},
	{"vcpus", OPTION_KNOB, 0, "N", "the guest's processors, like --set vcpus=", 1, 8},
	{"memory", OPTION_KNOB, 0, "MIB", "the guest's RAM, like --set memory=", 16, 65536},
	{"disk", OPTION_FILE, FIELD(disk), "FILE", "a raw image as its disk (virtio-blk)", 0, 0},
	{"disk-out", OPTION_PLACE, FIELD(disk_out), "FILE",
	 "the disk as the machine left it, when it has ended", 0, 0},
	{"timeout", OPTION_NUMBER, FIELD(timeout), "S", "end it after S wall seconds", 1, 1000000},
	{"set", OPTION_SETTING, FIELD(settings), "KEY=VALUE",
	 "a knob (testudo list); may be repeated", 0, 0},
	{"engine", OPTION_TEXT, FIELD(engine), "E", "bochs, fast, stock or kvm", 0, 0},
	{"bare", OPTION_FLAG, FIELD(bare), NULL, "the guest on the engine itself, without L0", 0,
	 0},
	{"console", OPTION_PLACE, FIELD(console_log), "FILE", "keep a copy of the console", 0, 0},
	{"channel", OPTION_PLACE, FIELD(channel_log), "FILE", "keep the data channel's lines", 0,
	 0},
	{"neighbour", OPTION_TEXT, FIELD(neighbour), "IMAGE|FILE",
	 "a second machine beside it: its kernel", 0, 0},
	{"neighbour-initrd", OPTION_MODULE, FIELD(neighbour_modules), "FILE[ WORDS]",
	 "its initrd or a module, as --initrd", 0, 0},
	{"neighbour-append", OPTION_WORDS, FIELD(neighbour_append), "WORDS", "its command line", 0,
	 0},
	{"neighbour-set", OPTION_SETTING, FIELD(neighbour_settings), "KEY=VALUE",
	 "its knob, as --set", 0, 0},
	{"neighbour-console", OPTION_PLACE, FIELD(neighbour_console), "FILE|TTY",
	 "its console: a file, or another terminal", 0, 0},
	{"neighbour-disk", OPTION_FILE, FIELD(neighbour_disk), "FILE", "its disk, as --disk", 0, 0},
	{"keep", OPTION_FLAG, FIELD(keep), NULL, "leave the run's private directory", 0, 0},
	{0},
};

/* A serial line has no size of its own: L1's shell is told that of the window. */
static char *add_size(char *words)
{
	unsigned int rows, columns;

	return terminal_size(&rows, &columns)
		       ? text_longer(words, " testudo.rows=%u testudo.columns=%u", rows, columns)
		       : words;
}

/* What --l1, --kernel, --initrd and --append mean together. The words are the caller's to free. */
static int choose_guest(const struct request *request, struct guest *guest, char **words)
{
	const char *named = request->l1 && strcmp(request->l1, "linux") ? request->l1 : NULL;
	static const char *const own[] = {"l1-full"};
	const char *append = request->append ? request->append : "";
	char *standard;

	if (request->l1 && request->kernel)
		return complain("--l1 and --kernel both name L1; give one of them");
	guest->kernel = named ? named : request->kernel;
	guest->modules = request->modules.word;
	guest->module_count = request->modules.count;
	if (guest->kernel) {
		*words = text_format("%s", append);
	} else {
		standard = image_l1_words();
		if (!standard)
			return STATUS_BAD_INPUT;
		/* GRUB, which loads the bare guest, takes no such ELF. */
		guest->kernel = request->bare ? "linux" : "vmlinux";
		*words = text_format("%s%s", standard,
				     request->modules.count ? "" : " testudo.do=shell");
		*words = add_size(*words);
		*words = text_longer(*words, "%s%s", *append ? " " : "", append);
		if (!guest->module_count) {
			guest->modules = own;
			guest->module_count = 1;
		}
		free(standard);
	}
	guest->words = *words;
	return 0;
}

static int choose_disk(const struct request *request, struct guest *guest)
{
	if (request->disk_out && !request->disk)
		return complain("--disk-out: there is no disk; give --disk FILE too");
	if (request->disk && request->bare)
		return complain("--disk: L0 makes it; leave out --bare");
	guest->disk = request->disk;
	guest->disk_returns = request->disk_out;
	return 0;
}

static int choose_knobs(const struct request *request, struct knob_settings *settings)
{
	int status = knobs_set_all(settings, request->settings.word, request->settings.count);

	if (status == 0 && request->cpus > 1 && !request->bare)
		return complain("--cpus: that is for --bare; the processors of a machine under L0 "
				"are --vcpus");
	return status ? status : knobs_agree(settings);
}

/* The options of a neighbour without one are a slip. */
static int choose_neighbour(const struct request *request, struct knob_settings *settings)
{
	bool options_of_it = request->neighbour_modules.count ||
			     request->neighbour_settings.count || request->neighbour_append ||
			     request->neighbour_console || request->neighbour_disk;
	int status;

	if (!request->neighbour && options_of_it)
		return complain("there is no neighbour to have that; give --neighbour KERNEL too");
	if (request->neighbour && request->bare)
		return complain("--neighbour: L0 makes it; leave out --bare");
	status = knobs_set_all(settings, request->neighbour_settings.word,
			       request->neighbour_settings.count);
	return status ? status : knobs_agree(settings);
}

static int add_neighbour(const struct request *request, const struct knob_settings *settings,
			 struct machine *machine)
{
	const struct guest guest = {
		.kernel = request->neighbour,
		.words = request->neighbour_append ? request->neighbour_append : "",
		.modules = request->neighbour_modules.word,
		.module_count = request->neighbour_modules.count,
		.disk = request->neighbour_disk,
	};

	machine->spec.neighbour_console = request->neighbour_console;
	return machine_add_neighbour(machine, &guest, settings);
}

static void on_event(void *context, const struct channel_event *event)
{
	if (event->kind == CHANNEL_DISK && !event->machine)
		disk_take(context, event->object);
}

static int boot(struct machine *machine, const struct request *request, const struct engine *engine)
{
	struct run_outcome outcome;
	struct disk_return disk;
	int status = request->disk_out ? disk_begin(&disk, request->disk, request->disk_out) : 0;

	if (status)
		return status;
	if (request->disk_out) {
		machine->spec.on_event = on_event;
		machine->spec.context = &disk;
	}
	engine_run(engine, &machine->spec, &outcome);
	status = outcome_status(&outcome);
	/* A run that failed by itself says so; no other may look like one that worked. */
	if (request->disk_out && disk_end(&disk) && outcome.end == RUN_STOPPED)
		return STATUS_NO_RESULT;
	return status;
}

static int run(const struct request *request)
{
	const struct engine *engine = engine_find(request->engine);
	struct knob_settings settings = {0}, beside = {.option = "neighbour-set"};
	struct machine machine = {0};
	struct guest guest = {0};
	char *words = NULL;
	int status = engine ? choose_knobs(request, &settings) : STATUS_BAD_INPUT;

	if (status == 0)
		status = choose_guest(request, &guest, &words);
	if (status == 0)
		status = choose_disk(request, &guest);
	if (status == 0)
		status = choose_neighbour(request, &beside);
	if (status == 0)
		status = machine_make(&machine, &guest, &settings, request->bare);
	if (status == 0 && request->neighbour)
		status = add_neighbour(request, &beside, &machine);
	if (status == 0) {
		machine.spec.phase = "boot (Ctrl-A x ends it, d asks what it does)";
		machine.spec.interactive = true;
		machine.spec.timeout = (double)request->timeout;
		machine.spec.console_log = request->console_log;
		machine.spec.channel_log = request->channel_log;
		machine.spec.keep = request->keep;
		if (request->cpus)
			machine.spec.cpus = (unsigned int)request->cpus;
		status = engine_check(engine, &machine.spec);
	}
	if (status == 0)
		status = boot(&machine, request, engine);
	machine_release(&machine);
	free(words);
	return status;
}

static const char more[] =
	"A module's words are passed as \"NAME WORDS\", NAME that of its file "
	"without folders (argv[0]), and\nso is a multiboot kernel's command "
	"line, with L0 and with --bare; a Linux gets its words alone,\nand its "
	"initrds one behind the other. A kernel may be compressed by gzip.\n"
	"Without --l1 and --kernel, L1 is Debian's kernel with a shell; "
	"--append adds words to its\n"
	"command line. Keys go to the guest: Ctrl-A x ends the run, Ctrl-A d asks L0 what "
	"its guests do\n(as a time-out does: registers, last exits, counters), Ctrl-A "
	"Ctrl-A sends one Ctrl-A.\n"
	"A disk is the file's bytes, a multiple of 512 of them; L0 keeps it in memory. --disk-out "
	"makes FILE\nof it and what the machine changed, when it has ended, however that was; a "
	"run that you or a\ntime-out end makes no FILE. It may be the same file.\n"
	"What L1's init does is its testudo.do=ACTION[=ARG],... and testudo.end="
	"poweroff|debug-exit|\nreboot|shell; testudo list has the actions.\n"
	"The exit status is the guest's: see testudo --help.\n";

const struct command command_boot = {
	.name = "boot",
	.about = "run any L1 on an interactive console",
	.options = options,
	.more = more,
	.run = run,
};
