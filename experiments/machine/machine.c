// SPDX-License-Identifier: Apache-2.0
#include "machine/machine.h"
#include "lib/complain.h"
#include "machine/images.h"

#include <stdlib.h>
#include <string.h>

/* MiB beside L1's own memory: L0, its tables, and the boot loader's copies of the modules. */
#define L0_ROOM 512u

static const char *keep(struct machine *machine, char *text)
{
	machine->owned[machine->owned_count++] = text;
	return text;
}

/* Its string is "NAME WORDS", as the multiboot specification shows it: l0/load/README.md. */
static int add_module(struct machine *machine, const char *name, const char *words)
{
	char *path = image_path(name), *slash = path ? strrchr(path, '/') : NULL;

	if (!path)
		return STATUS_BAD_INPUT;
	machine->spec.modules[machine->spec.module_count++] = (struct run_module){
		keep(machine, path), keep(machine, text_format("%s%s%s", slash ? slash + 1 : path,
							       *words ? " " : "", words))};
	return 0;
}

static int set_kernel(struct machine *machine, const char *name, const char *words)
{
	char *path = image_path(name);

	if (!path)
		return STATUS_BAD_INPUT;
	machine->spec.kernel = keep(machine, path);
	machine->spec.command_line = words;
	return 0;
}

/* Under L0 the guest's kernel and initrd are L0's modules; on the bare engine they are GRUB's. */
int machine_make(struct machine *machine, const struct guest *guest,
		 const struct knob_settings *settings, bool bare)
{
	unsigned int memory = (unsigned int)knob_number(settings, "memory");
	unsigned int vcpus = (unsigned int)knob_number(settings, "vcpus");
	unsigned int pools = vcpus * (unsigned int)knob_number(settings, "pool");
	const char *words = keep(machine, text_format("%s", guest->words));
	int status;

	machine->spec.bare = bare;
	machine->spec.cpus = vcpus;
	machine->spec.memory = bare ? memory : memory + pools + L0_ROOM;
	if (bare) {
		status = set_kernel(machine, guest->kernel, words);
	} else {
		status = set_kernel(machine, "l0", keep(machine, knobs_command_line(settings)));
		if (status == 0)
			status = add_module(machine, guest->kernel, words);
	}
	if (status == 0 && guest->initrd)
		status = add_module(machine, guest->initrd, "");
	return status;
}

void machine_release(struct machine *machine)
{
	for (size_t i = 0; i < machine->owned_count; i++)
		free(machine->owned[i]);
	*machine = (struct machine){0};
}
