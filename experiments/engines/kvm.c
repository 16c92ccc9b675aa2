// SPDX-License-Identifier: Apache-2.0
/*
 * A machine with VT-x: QEMU with KVM takes the L0 image by -kernel. How QEMU is called stands in
 * kvm.sh, which is tested inside the emulated machine (workloads/peer), where there is a VT-x for
 * it.
 */
#include "engines/console.h"
#include "engines/engine.h"
#include "engines/monitor.h"
#include "lib/complain.h"
#include "lib/paths.h"
#include "lib/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define QEMU "/usr/bin/qemu-system-x86_64"

static const char *program(const char **remedy)
{
	const char *chosen = getenv("TESTUDO_QEMU");
	const char *qemu = chosen && *chosen ? chosen : QEMU;

	if (access("/dev/kvm", R_OK | W_OK)) {
		*remedy = "it needs a processor with VT-x and leave to open /dev/kvm";
		return NULL;
	}
	*remedy = "install it with: apt-get install qemu-system-x86";
	return access(qemu, X_OK) ? NULL : qemu;
}

/* "FILE WORDS,FILE WORDS", each comma within doubled, as QEMU's -initrd takes multiboot modules. */
static char *module_words(const struct run_spec *spec)
{
	char *words = text_format("%s", "");

	for (unsigned int i = 0; i < spec->module_count; i++) {
		char *one = text_format("%s%s%s", spec->modules[i].path,
					spec->modules[i].text[0] ? " " : "", spec->modules[i].text);

		if (i)
			words = text_longer(words, ",");
		for (const char *c = one; *c; c++)
			words = text_longer(words, *c == ',' ? ",%c" : "%c", *c);
		free(one);
	}
	return words;
}

/* A bzImage has this at this place (Documentation/arch/x86/boot.rst). */
static bool is_linux(const char *path)
{
	FILE *file = fopen(path, "rb");
	char magic[4] = "";
	bool found = file && !fseek(file, 0x202, SEEK_SET) &&
		     fread(magic, sizeof(magic), 1, file) == 1 && !memcmp(magic, "HdrS", 4);

	if (file)
		fclose(file);
	return found;
}

/* For a Linux -initrd is a path and nothing else. */
static char *initrd_words(const struct run_spec *spec)
{
	if (!is_linux(spec->kernel))
		return module_words(spec);
	return text_format("%s", spec->module_count ? spec->modules[0].path : "");
}

/* A character device for COM2, or nothing. */
static char *com2_device(const struct run_spec *spec, const char *directory)
{
	bool tty;
	char *console = console_of_neighbour(spec->neighbour_console, directory, &tty);
	char *device = spec->neighbour ? text_format("%s%s", tty ? "" : "file:", console)
				       : text_format("%s", "");

	free(console);
	return device;
}

static int prepare(const struct run_spec *spec, const char *directory, const char *console,
		   bool tty, char *arguments[ENGINE_ARGUMENTS_MAX])
{
	if (spec->without_vmx)
		return complain("engine \"kvm\" has no processor without VT-x");
	if (spec->module_count > 1 && is_linux(spec->kernel))
		return complain("engine \"kvm\" gives a Linux without L0 one initrd: join them");
	arguments[0] = tree_path("experiments/engines/kvm.sh");
	arguments[1] = text_format("%u", spec->memory);
	arguments[2] = text_format("%u", spec->cpus);
	arguments[3] = text_format("%s%s", tty ? "" : "file:", console);
	arguments[4] = text_format("%s", spec->kernel);
	arguments[5] = text_format("%s", spec->command_line ? spec->command_line : "");
	arguments[6] = initrd_words(spec);
	arguments[7] = com2_device(spec, directory);
	arguments[8] = monitor_device(directory);
	return 0;
}

/* QEMU says nothing when its machine is powered off, and a line when it cannot go on. */
static bool powered_off(const char *directory, char *words, size_t room)
{
	char *path = text_format("%s/engine.err", directory);
	char *text = file_read(path);

	snprintf(words, room, "%.*s", text ? (int)strcspn(text, "\n") : 0, text ? text : "");
	free(text);
	free(path);
	return !words[0];
}

/* The guest's memory is this machine's own. */
static uint64_t memory_limit(void)
{
	return (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) >> 20;
}

static json_t *source(void)
{
	const char *remedy, *qemu = program(&remedy);
	char *command = qemu ? text_format("'%s' --version 2> /dev/null", qemu) : NULL;
	json_t *version = command ? engine_version("qemu", command) : NULL;

	free(command);
	return version;
}

const struct engine engine_kvm = {
	.name = "kvm",
	.about = "QEMU with KVM, on a machine with VT-x",
	.exit_status = true,
	.program = program,
	.memory_limit = memory_limit,
	.prepare = prepare,
	.powered_off = powered_off,
	.source = source,
};
