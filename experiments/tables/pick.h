/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* Which runs of a result object are meant: by name in each field, or NULL for whatever stands
 * there. */
struct pick {
	const char *l0, *level, *vmcs, *mmu, *vcpus; /* a run that has no vcpus has 1 */
	const char *interrupts;                      /* one that does not say has exits */
	const char *name;                            /* "run" of a row */
};

bool pick_matches(const struct pick *pick, const json_t *run);
/* The first such run of @object, or NULL. */
const json_t *pick_run(const json_t *object, const struct pick *pick);
/* What a row of a table of data asks for, by fields of these names. */
struct pick pick_of(const json_t *row);

/*
 * The peer's run that does what @run of ours does: the same level, as many vCPUs, the same way to
 * the VMCS and paging if the peer has them, else its shadow VMCS, and of the paging at least
 * whether L1 has EPT. Interrupts that are posted stand beside the peer's posted ones, all others
 * beside its exits, if it has such a run. NULL when the peer did not run at that level.
 */
const json_t *pick_peer(const json_t *object, const json_t *run);
