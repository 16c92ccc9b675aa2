/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plain reference: what the manual says a walk does, one sentence after the other, without
 * sharing a line with the library. It reads the arena and writes nothing; flag updates are listed.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include "ept_format.h"

enum model_end { MODEL_PAGE, MODEL_ABSENT, MODEL_BAD };

struct model_walk {
	enum model_end end;
	bool r, w, x;
	bool table_gone;
	uint64_t to;   /* translation of the address asked for */
	uint64_t size; /* of the page */
	unsigned type;
	bool ipat;
	bool d;
	/* Entries met, from the root on: where they are and whether L1 can write them. */
	unsigned entries;
	struct {
		uint64_t hpa;
		bool writable;
	} entry[4];
};

/* Tables at host addresses. */
struct model_walk model_walk_host(uint64_t root, uint64_t gpa, const struct ept_caps *caps);

/* Tables at addresses of L1, which the table at @root01 translates. */
struct model_walk model_walk_l1(uint64_t root01, const struct ept_caps *caps01, uint64_t root12,
				uint64_t gpa, const struct ept_caps *caps12);

enum model_verdict { MODEL_FILL, MODEL_VIOLATION, MODEL_MISCONFIG, MODEL_OWN };

struct model_answer {
	enum model_verdict verdict;
	uint64_t qualification, l1_gpa;
	unsigned rights12, rights01;
	bool table_gone;
	/* The leaf that EPT02 must have. */
	uint64_t hpa, size;
	unsigned rights, type;
	bool ipat;
	/* Words of the arena that change, as an OR. */
	unsigned updates;
	struct {
		uint64_t hpa, bits;
	} update[4];
};

struct model_answer model_fill(uint64_t root01, const struct ept_caps *caps01, uint64_t eptp12,
			       const struct ept_caps *caps12, uint64_t gpa, uint64_t qual);

#endif
