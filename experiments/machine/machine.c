// SPDX-License-Identifier: Apache-2.0
#include "machine/machine.h"
#include "lib/complain.h"
#include "lib/scratch.h"
#include "machine/disk.h"
#include "machine/images.h"
#include "machine/kernel.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MIB     (1ull << 20)
#define GIB_MIB 1024u

/* MiB beside L1's own memory: L0, its tables, and of the boot loader's copies so much. */
#define L0_ROOM     512u
#define COPIES_ROOM 256u

/* The boot loader's own part of memory, and where RAM ends below the devices of a PC (MiB). */
#define LOADER_ROOM 64u
#define RAM_END     3072u
/* GRUB puts a Linux's initrd below this address, whatever the kernel says (MiB), ... */
#define LINUX_END 896u
/* ... and above what the kernel takes to unpack itself. */
#define LINUX_ROOM 128u

static char *keep(struct machine *machine, char *text)
{
	size_t count = machine->owned_count + 1;
	char **owned = realloc(machine->owned, count * sizeof(*owned));

	if (!owned)
		abort();
	owned[machine->owned_count] = text;
	machine->owned = owned;
	machine->owned_count = count;
	return text;
}

/* Its string is "NAME WORDS", as the multiboot specification shows it: l0/load/README.md. */
static int add_module(struct machine *machine, char *path, const char *words)
{
	const char *slash = strrchr(path, '/');

	if (machine->spec.module_count == RUN_MODULES_MAX)
		return complain("--initrd: more than %d modules", RUN_MODULES_MAX);
	machine->spec.modules[machine->spec.module_count++] = (struct run_module){
		path, keep(machine, text_format("%s%s%s", slash ? slash + 1 : path,
						*words ? " " : "", words))};
	return 0;
}

/* "FILE WORDS", or a file whose name has blanks in it. */
static int add_named(struct machine *machine, const char *text)
{
	char *name = image_name(text), *path = image_path(name);
	size_t length = strlen(name);

	free(name);
	if (!path)
		return STATUS_BAD_INPUT;
	text += length;
	return add_module(machine, keep(machine, path), text + strspn(text, " "));
}

/* The guest's kernel as a file that the loader takes as it is. */
static char *find_kernel(struct machine *machine, const char *name, bool bare)
{
	char *path = image_path(name), *plain;

	if (!path)
		return NULL;
	plain = kernel_unpack(keep(machine, path), &machine->unpacked);
	if (plain)
		keep(machine, plain);
	return plain && kernel_check(name, plain, bare) == 0 ? plain : NULL;
}

static uint64_t size_of(const char *path)
{
	struct stat status;

	return stat(path, &status) ? 0 : (uint64_t)status.st_size;
}

/* MiB of all that the boot loader copies into memory for the guest whose modules begin at @first.
 */
static uint64_t copied(const struct machine *machine, unsigned int first, const char *kernel)
{
	uint64_t bytes = machine->spec.bare ? size_of(kernel) : 0;

	for (unsigned int i = first; i < machine->spec.module_count; i++)
		bytes += size_of(machine->spec.modules[i].path);
	return (bytes + MIB - 1) / MIB;
}

/* MiB of them that are its disk's, which L0 leaves where they are: the last module. */
static uint64_t disk_mib(const struct machine *machine, const struct guest *guest)
{
	unsigned int last = machine->spec.module_count - 1;

	return guest->disk ? size_of(machine->spec.modules[last].path) / MIB : 0;
}

/*
 * A module that has no room is not loaded, and the boot goes on without it: told before. Under L0
 * the loader's copies stand beside L1's memory, and L0 copies them into it.
 */
static int check_room(struct machine *machine, unsigned int first, const char *kernel,
		      const struct guest *guest, unsigned int memory)
{
	uint64_t needed = copied(machine, first, kernel), own = needed - disk_mib(machine, guest);
	unsigned int room = first ? 0 : COPIES_ROOM; /* a neighbour's copies come on top */
	bool linux_itself = machine->spec.bare && kernel_is_bzimage(kernel);
	uint64_t limit = linux_itself ? LINUX_END - LINUX_ROOM : RAM_END - LOADER_ROOM;

	if (own > memory)
		return complain("the kernel and its modules are %" PRIu64
				" MiB, the guest's memory %u; give %s",
				own, memory, first ? "--neighbour-set memory=MIB" : "--memory");
	if (copied(machine, 0, kernel) > limit)
		return complain("the kernel and its modules are %" PRIu64
				" MiB, the boot loader takes %" PRIu64 "; %s",
				needed, limit,
				linux_itself ? "leave out --bare, or make them smaller"
					     : "make them smaller");
	if (!machine->spec.bare && needed > room)
		machine->spec.memory += (unsigned int)needed - room;
	return 0;
}

static int set_kernels(struct machine *machine, char *kernel, const char *words)
{
	if (machine->spec.bare) {
		machine->spec.kernel = kernel;
		machine->spec.command_line = keep(machine, text_format("%s", words));
		return 0;
	}
	machine->spec.kernel = image_path("l0");
	if (!machine->spec.kernel)
		return STATUS_BAD_INPUT;
	keep(machine, (char *)machine->spec.kernel);
	return add_module(machine, kernel, words);
}

/* MiB of a machine's own and of L0's tables for it. */
static unsigned int share(const struct knob_settings *settings)
{
	return (unsigned int)(knob_number(settings, "memory") +
			      knob_number(settings, "vcpus") * knob_number(settings, "pool"));
}

/* Processors beside the vCPUs: one of each role serves both machines. */
static const struct {
	const char *knob, *value;
} polling[] = {{"sidecore", "on"}, {"nic", "function"}};

/* Those that the machine wants, a bit for each. */
static unsigned int pollers(const struct knob_settings *settings)
{
	unsigned int wanted = 0;

	for (size_t i = 0; i < sizeof(polling) / sizeof(polling[0]); i++)
		if (!strcmp(knob_value(settings, polling[i].knob), polling[i].value))
			wanted |= 1u << i;
	return wanted;
}

static int add_disk(struct machine *machine, const struct guest *guest, struct knob_settings *own)
{
	char *path = image_path(guest->disk);
	int status = path ? disk_check(keep(machine, path)) : STATUS_BAD_INPUT;

	if (status == 0)
		status = knobs_set(own, guest->disk_returns ? "disk=returned" : "disk=given");
	return status ? status : add_module(machine, path, "");
}

/*
 * Its modules, a disk as the last of them; @own are @settings and what tells L0 of the disk.
 */
static int add_modules(struct machine *machine, const struct guest *guest,
		       const struct knob_settings *settings, struct knob_settings *own)
{
	int status = 0;

	*own = *settings;
	for (size_t i = 0; status == 0 && i < guest->module_count; i++)
		status = add_named(machine, guest->modules[i]);
	if (status == 0 && guest->disk)
		status = add_disk(machine, guest, own);
	return status;
}

/* Under L0 the guest's kernel and modules are L0's modules; on the bare engine they are GRUB's. */
int machine_make(struct machine *machine, const struct guest *guest,
		 const struct knob_settings *settings, bool bare)
{
	unsigned int memory = (unsigned int)knob_number(settings, "memory");
	char *kernel = find_kernel(machine, guest->kernel, bare);
	struct knob_settings own;
	int status = kernel ? 0 : STATUS_BAD_INPUT;

	machine->spec.bare = bare;
	machine->pollers = pollers(settings);
	machine->spec.cpus = (unsigned int)knob_number(settings, "vcpus") +
			     (unsigned int)__builtin_popcount(machine->pollers);
	machine->spec.memory = bare ? memory : share(settings) + L0_ROOM;
	if (status == 0)
		status = set_kernels(machine, kernel, guest->words);
	if (status == 0)
		status = add_modules(machine, guest, settings, &own);
	if (status == 0 && !bare)
		machine->spec.command_line = keep(machine, knobs_command_line(&own, ""));
	return status ? status : check_room(machine, 0, kernel, guest, memory);
}

/*
 * L0 puts a guest of a GiB and more at a multiple of a GiB, so what is above the first one would be
 * of no use to a second one.
 */
static unsigned int with_gaps(unsigned int memory, const struct knob_settings *neighbour)
{
	return knob_number(neighbour, "memory") < GIB_MIB
		       ? memory
		       : (memory + GIB_MIB - 1) / GIB_MIB * GIB_MIB;
}

static void tell_l0(struct machine *machine, unsigned int modules,
		    const struct knob_settings *settings)
{
	char *knobs = knobs_command_line(settings, "neighbour.");

	machine->spec.command_line =
		keep(machine, text_format("%s%sneighbour=%u%s%s", machine->spec.command_line,
					  *machine->spec.command_line ? " " : "", modules,
					  *knobs ? " " : "", knobs));
	free(knobs);
}

int machine_add_neighbour(struct machine *machine, const struct guest *guest,
			  const struct knob_settings *settings)
{
	unsigned int first = machine->spec.module_count;
	char *kernel = find_kernel(machine, guest->kernel, false);
	struct knob_settings own;
	int status = kernel ? add_module(machine, kernel, guest->words) : STATUS_BAD_INPUT;

	if (status == 0)
		status = add_modules(machine, guest, settings, &own);
	if (status)
		return status;
	machine->spec.neighbour = true;
	machine->spec.cpus += (unsigned int)knob_number(settings, "vcpus");
	machine->spec.cpus +=
		(unsigned int)__builtin_popcount(pollers(settings) & ~machine->pollers);
	machine->pollers |= pollers(settings);
	machine->spec.memory = with_gaps(machine->spec.memory + share(settings), settings);
	tell_l0(machine, machine->spec.module_count - first, &own);
	return check_room(machine, first, kernel, guest,
			  (unsigned int)knob_number(settings, "memory"));
}

void machine_release(struct machine *machine)
{
	for (size_t i = 0; i < machine->owned_count; i++)
		free(machine->owned[i]);
	free(machine->owned);
	if (machine->unpacked)
		scratch_remove(machine->unpacked);
	free(machine->unpacked);
	*machine = (struct machine){0};
}
