/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engines/engine.h"
#include "machine/knobs.h"

/*
 * From "this guest at that level" to what an engine boots. Texts live until machine_release.
 */
struct machine {
	struct run_spec spec;
	char **owned;
	size_t owned_count;
	unsigned int pollers; /* roles of processors of L0's own, among those of spec: bits */
	char *unpacked;       /* directory of what had to be unpacked, or NULL */
};

/*
 * A file is an image's name or a path. What a module or a multiboot kernel is passed as its string
 * begins with the file's name (argv[0]): "NAME WORDS".
 */
struct guest {
	const char *kernel;         /* a file, which may be compressed by gzip */
	const char *words;          /* its command line */
	const char *const *modules; /* each "FILE" or "FILE WORDS", in their order */
	size_t module_count;
	const char *disk;  /* a raw image (machine/disk.h), or NULL */
	bool disk_returns; /* what was changed of it comes back by the channel */
};

/*
 * The guest as L1 under L0, or with @bare on the engine itself; memory beyond L1's own may be added
 * to spec.memory. What no loader takes, and what the machine has no room for, is told here. 0, or a
 * status, said.
 */
int machine_make(struct machine *machine, const struct guest *guest,
		 const struct knob_settings *settings, bool bare);
/*
 * Beside a machine made for L0, a neighbour: @guest with the knobs @settings, its modules behind
 * the others. 0, or a status, said.
 */
int machine_add_neighbour(struct machine *machine, const struct guest *guest,
			  const struct knob_settings *settings);
void machine_release(struct machine *machine);
