/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reference: what a processor would do with a guest's page tables, written from the manual's
 * figures with numbers, and what memory lies where, by a plain list. And the processor that runs on
 * the shadow tables.
 */
#ifndef SPT_MODEL_H
#define SPT_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include "spt.h"

/* Guest-physical memory of the tests. */
struct model_range {
	uint64_t gpa, size, hpa;
	bool writable, executable;
};

#define MODEL_RANGES 5u
extern const struct model_range model_memory[MODEL_RANGES];

enum model_end {
	SPT_MODEL_OK,
	SPT_MODEL_FAULT,
	SPT_MODEL_OWN,
};

struct spt_model {
	enum model_end end;
	uint32_t error;
	uint64_t gpa, hpa;
	bool only_smap;    /* nothing but SMAP forbids it */
	bool by_privilege; /* only CR0.WP off allows it */
	/* The entries on the way, what they were, and what they must be afterwards. */
	unsigned entries;
	struct {
		uint64_t hpa, before, after;
	} entry[4];
	unsigned shift; /* what the last entry covers */
	bool leaf;      /* it is no pointer to a table */
};

/* With the access to which the processor would come. */
void spt_model_access(const struct spt_registers *regs, const struct spt_caps *caps,
		      const struct spt_access *access, struct spt_model *out);

/*
 * The processor on the shadow tables with the real registers that spt.h demands. False: a page
 * fault.
 */
bool spt_cpu_access(const struct spt *spt, const struct spt_access *access, uint64_t *hpa);

#endif
