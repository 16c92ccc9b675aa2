/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engines/engine.h"
#include "machine/knobs.h"

/*
 * From "this guest at that level" to what an engine boots. Texts live until machine_release.
 */
struct machine {
	struct run_spec spec;
	char *owned[8];
	size_t owned_count;
};

struct guest {
	const char *kernel; /* an image's name or a path */
	const char *initrd; /* the same, or NULL */
	const char *words;  /* its command line */
};

/*
 * The guest as L1 under L0, or with @bare on the engine itself; memory beyond L1's own may be added
 * to spec.memory. 0, or a status, said.
 */
int machine_make(struct machine *machine, const struct guest *guest,
		 const struct knob_settings *settings, bool bare);
void machine_release(struct machine *machine);
